"""Why a reading was not taken, in sentences: the words behind the reasons of the quarantine."""

from marketplace.rules.msgids import gettext_noop

SENTENCES = {
    "agent_error": gettext_noop("The machine's agent answered with an error."),
    "character_not_allowed": gettext_noop("The text holds a character that cannot be stored."),
    "conflict": gettext_noop("This number was delivered before with other content; the first one stands."),
    "document_too_large": gettext_noop("The document is too large."),
    "document_unreadable": gettext_noop("The document is not well-formed XML."),
    "document_unsafe": gettext_noop("The document declares types or entities, which are not accepted."),
    "item_invalid": gettext_noop("This is no reading with sequence, time, channel and value."),
    "key_missing": gettext_noop("The observation does not say which channel it belongs to."),
    "not_mtconnect_streams": gettext_noop("The document holds no observations."),
    "number_invalid": gettext_noop("The value of a counter or gauge is no number."),
    "number_not_finite": gettext_noop("The value is not a finite number."),
    "number_too_large": gettext_noop("The number is too large."),
    "number_too_precise": gettext_noop("The number has too many decimals."),
    "pair_incomplete": gettext_noop("A channel's name has no value behind it."),
    "sequence_invalid": gettext_noop("The source's number for this reading is no whole number from 0 on."),
    "sequence_missing": gettext_noop("The reading has no number of its source."),
    "text_too_long": gettext_noop("The text is too long."),
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
