"""What can be wrong with a document, in words; translated where they are shown."""

from marketplace.rules.msgids import gettext_noop

TEXTS = {
    "not_an_object": gettext_noop("This must be an object with named fields."),
    "unknown_field": gettext_noop("There is no field “{field}” here. Remove it or correct its name."),
    "required": gettext_noop("This field is required."),
    "not_a_name": gettext_noop(
        "Use a name of up to 40 small letters, digits and underscores that starts with a letter."
    ),
    "not_a_choice": gettext_noop("Choose one of: {choices}."),
    "not_a_number": gettext_noop(
        "Write a number as text, with up to 12 digits before the point and 10 behind it, such as “86.00”."
    ),
    "negative": gettext_noop("This must not be negative."),
    "zero": gettext_noop("This must be more than zero."),
    "too_large": gettext_noop("This must be {most} at most."),
    "not_a_whole_number": gettext_noop("Write a whole number from {least} to {most}."),
    "not_words": gettext_noop("Write a list of different words."),
    "not_a_list": gettext_noop("Write a list with at least one entry."),
    "too_many_components": gettext_noop("A plan has at most {most} components."),
    "not_one_of": gettext_noop("Give exactly one of: {choices}."),
    "wrong_version": gettext_noop("Only version {version} is known."),
    "duplicate_id": gettext_noop("The name “{id}” is used twice. Give each component its own."),
    "reserved_id": gettext_noop("The name “{id}” is kept for the plan itself. Choose another."),
    "unit_of_other_meter": gettext_noop("The meter “{meter}” is counted in: {choices}."),
    "needs_rounding": gettext_noop("A part of an hour or a minute needs a rounding step, such as “0.01”."),
    "tiers_not_rising": gettext_noop("Each step must end above {previous}, where the one before it ends."),
    "last_tier_open": gettext_noop("The last step must have no end, or more use would have no price."),
    "tier_open_too_early": gettext_noop("Only the last step may have no end."),
    "blocks_not_whole": gettext_noop(
        "The step from {above} to {up_to} is no whole number of blocks. Change its end or the block."
    ),
    "nothing_counted": gettext_noop("Nothing is counted here. Give the minimum as an amount."),
    "nothing_to_bound": gettext_noop(
        "A minimum, a cap or a discount needs a component that the owner sells as rent."
    ),
    "nothing_to_take_from": gettext_noop("A percentage needs a component that the owner sells as rent."),
    "minimum_above_cap": gettext_noop("The minimum must not be above the cap of {cap}."),
    "width_needed": gettext_noop("A counter that rolls over needs the width at which it does."),
    "width_not_needed": gettext_noop("Only a counter that rolls over has a width."),
    "counter_needed": gettext_noop("Name the counter whose growth is counted."),
    "counter_not_needed": gettext_noop("This meter is counted from states and has no counter."),
    "states_needed": gettext_noop("Name at least one state that counts."),
    "good_parts_subtype": gettext_noop("Good parts are counted with the subtype GOOD."),
    "shortest_cycle_not_counted": gettext_noop(
        "Run time has no shortest cycle. Remove this field, or count cycles or a counter."
    ),
    "mode_channel_needed": gettext_noop("Name the channel that tells the mode."),
    "cycle_not_needed": gettext_noop("Only cycles say how they end."),
    "witness_not_needed": gettext_noop("Only run time has a second witness."),
    "scale_not_needed": gettext_noop("Only energy, volume and length have a scale."),
    "gauge_needed": gettext_noop("Name the channel whose level is measured."),
    "gauge_not_needed": gettext_noop("Only power, flow and load time are measured from a level."),
    "above_needed": gettext_noop("Say from which level on time counts."),
    "above_not_needed": gettext_noop("Only load time counts from a level on."),
    "done_needed": gettext_noop("Name at least one state that says that it is done."),
    "done_not_needed": gettext_noop("Only batches, missions and slots are done or part done."),
    "restart_not_needed": gettext_noop("Only a counter begins again from zero."),
    "bad_not_needed": gettext_noop("Only good parts are less the bad ones."),
    "scrap_not_needed": gettext_noop("Only parts have a scrap allowance."),
    "per_cycle_not_needed": gettext_noop("Only good parts that are counted by cycles are several a cycle."),
    "good_parts_need_an_end": gettext_noop(
        "A cycle that has only begun made no part yet. Let it count when it is completed or ended."
    ),
    "shortest_needs_an_end": gettext_noop(
        "A cycle that counts when it begins has no length yet. Let it count when it is completed or ended."
    ),
    "service_twice": gettext_noop("This service stands here twice. Keep one."),
    "other_currency": gettext_noop("The price plan is in {currency}. Services of a listing are, too."),
    "amount_not_carried": gettext_noop(
        "No reading of the meter “{meter}” carries an amount. Price it per unit, in packages or in steps."
    ),
    "meter_counted_twice": gettext_noop("The meter “{meter}” has two count rules. Keep one."),
    "meter_not_counted": gettext_noop(
        "The price plan bills the meter “{meter}”, but no count rule counts it."
    ),
    "unknown_spec": gettext_noop("This kind of machine has no property “{field}”."),
    "unknown_unit": gettext_noop("Give this in one of: {choices}."),
    "uneven": gettext_noop("Give this in {unit}: from the other unit it would have to be rounded."),
    "below_range": gettext_noop("This must be {minimum} {unit} at least."),
    "above_range": gettext_noop("This must be {maximum} {unit} at most."),
    "not_yes_or_no": gettext_noop("Answer yes or no."),
    "not_text": gettext_noop("Write a text of up to {most} characters."),
    "wrong_length": gettext_noop("A credit code has 18 characters; this one has {length}."),
    "wrong_character": gettext_noop(
        "“{character}” does not occur in a credit code; I, O, S, V and Z are never used."
    ),
    "wrong_body_check": gettext_noop(
        "Character 17 does not fit characters 9 to 16. Check for a typing error."
    ),
    "wrong_check": gettext_noop("The last character does not fit the others. Check for a typing error."),
    "too_many_bands": gettext_noop("All components of a plan together have at most {most} bands."),
    "too_many_timed": gettext_noop(
        "At most {most} components of a plan may depend on when something was counted."
    ),
    "too_many_entries": gettext_noop("Write {most} entries at most."),
    "not_a_switch": gettext_noop("Write true or false."),
    "not_a_time": gettext_noop("Write a time of the day as “06:00”; only an end may be “24:00”."),
    "off_the_quarter_hour": gettext_noop(
        "Use is counted by quarter-hours: write a time that ends in 00, 15, 30 or 45."
    ),
    "off_the_hour": gettext_noop("Windows of an hour lie in one band: write a full hour."),
    "not_a_date": gettext_noop("Write a date as “2026-10-01”."),
    "not_a_label": gettext_noop("Write a name of 1 to {most} characters."),
    "band_without_time": gettext_noop(
        "The band ends when it begins. A whole day is from “00:00” to “24:00”."
    ),
    "bands_overlap": gettext_noop("This covers a time of the band “{other}”. Each time has one price."),
    "ends_before_it_begins": gettext_noop("The end must be after the beginning."),
    "price_or_factor": gettext_noop("Give either a price or a factor."),
    "needs_a_window": gettext_noop("Say in which window this holds: quarter, hour, day or week."),
    "needs_a_commitment": gettext_noop("This belongs to a commitment. Name its amount, or leave this out."),
    "term_does_not_roll": gettext_noop("What is included over the whole term does not roll over."),
    "demand_of_energy": gettext_noop("Demand is measured from one of: {choices}."),
    "demand_window": gettext_noop("Demand is measured by windows of: {choices}."),
}
