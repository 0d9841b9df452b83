"""Why a reading was not taken, in sentences: the words behind the reasons of the quarantine."""

from marketplace.rules.msgids import gettext_noop

SENTENCES = {
    "agent_error": gettext_noop("The machine's agent answered with an error."),
    "alias_unknown": gettext_noop("The value names its channel by an alias that no birth has explained."),
    "asset_unfinished": gettext_noop("The description of a tool or part has no closing line."),
    "character_not_allowed": gettext_noop("The text holds a character that cannot be stored."),
    "conflict": gettext_noop("This number was delivered before with other content; the first one stands."),
    "data_binary": gettext_noop("Binary data are not accepted. Send them as JSON."),
    "data_not_json": gettext_noop("The data are neither JSON nor plain text."),
    "document_too_large": gettext_noop("The document is too large."),
    "document_unreadable": gettext_noop("The document is not well-formed XML."),
    "document_unsafe": gettext_noop("The document declares types or entities, which are not accepted."),
    "erased": gettext_noop("The readings of that time were erased; none is taken again."),
    "event_invalid": gettext_noop("This is no event with a version, a type and an object around them."),
    "header_invalid": gettext_noop("The first line of the table does not name the columns of the mapping."),
    "historical": gettext_noop("The value was recorded earlier and came after newer ones. A person decides."),
    "id_missing": gettext_noop("The event has no id."),
    "id_reused": gettext_noop("The event has the id of another one."),
    "item_invalid": gettext_noop("This is no reading with sequence, time, channel and value."),
    "key_missing": gettext_noop("The observation does not say which channel it belongs to."),
    "line_too_long": gettext_noop("The line is too long."),
    "name_twice": gettext_noop("A name stands twice in it, and nobody knows which value was meant."),
    "not_in_encoding": gettext_noop("The line is not text in the encoding of the mapping."),
    "not_mtconnect_streams": gettext_noop("The document holds no observations."),
    "not_utf8": gettext_noop("The line is not UTF-8 text."),
    "number_invalid": gettext_noop("The value of a counter or gauge is no number."),
    "number_not_finite": gettext_noop("The value is not a finite number."),
    "number_too_large": gettext_noop("The number is too large."),
    "number_too_precise": gettext_noop("The number has too many decimals."),
    "pair_incomplete": gettext_noop("A channel's name has no value behind it."),
    "payload_invalid": gettext_noop("The message is no Sparkplug B payload, or it is cut off."),
    "payload_too_large": gettext_noop("The message is too large."),
    "row_incomplete": gettext_noop("The row has fewer columns than the mapping asks for."),
    "row_invalid": gettext_noop("The row cannot be read."),
    "sequence_invalid": gettext_noop("The source's number for this reading is no whole number from 0 on."),
    "sequence_missing": gettext_noop("The reading has no number of its source."),
    "source_missing": gettext_noop("The event has no source."),
    "text_too_long": gettext_noop("The text is too long."),
    "time_ambiguous": gettext_noop("The clock of the zone showed this time twice."),
    "time_before_commissioning": gettext_noop("The time lies before the device was put into service."),
    "time_in_future": gettext_noop("The time lies more than 5 minutes ahead. Check the device's clock."),
    "time_invalid": gettext_noop("The time cannot be read."),
    "time_missing": gettext_noop("The reading has no time."),
    "time_without_zone": gettext_noop("The time names no zone."),
    "unknown_channel": gettext_noop("The device's dictionary has no such channel."),
    "value_invalid": gettext_noop("A value is a text, a number, or nothing."),
    "value_missing": gettext_noop("The reading has no value."),
}
OTHERWISE = gettext_noop("The item could not be taken.")


def sentence(reason: str) -> str:
    """Return the msgid for a reason; reasons of older releases have the general one."""
    return SENTENCES.get(reason, OTHERWISE)
