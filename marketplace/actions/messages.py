"""Write to the other side about a listing or a lease, confirm an appointment, mark as read."""

from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Conversation, Listing, Message, Organization, ReadMark, User
from marketplace.permissions import Permission, require
from marketplace.rules import messages as rules
from marketplace.rules.messages import ANSWERS, DAY, HOUR, MOST_OPENED_A_DAY, Kind
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible

TOLD = {Kind.CONFIRM: Told.APPOINTMENT_CONFIRMED, Kind.DECLINE: Told.APPOINTMENT_DECLINED}


class MessageInvalid(Invalid):
    """Something in the message is wrong; ``flaws`` say what, each at its field."""

    code = "message_invalid"
    text = gettext_noop("The message cannot be sent like this. Mend what is marked.")


class NotASide(NotAllowed):
    """Only the two organizations of a conversation write in it."""

    code = "not_a_side"
    text = gettext_noop("{organization} is not one of the two sides of this conversation.")


class OwnListing(NotPossible):
    """An organization does not ask itself."""

    code = "own_listing"
    text = gettext_noop("This listing is your own: others write to you about it.")


class ListingNotPublished(NotPossible):
    """A conversation begins about what is on offer."""

    code = "listing_not_published"
    text = gettext_noop("This listing is not on offer at the moment, so nobody can be asked about it.")


class TooManyMessages(NotPossible):
    """The organization writes faster than anybody reads."""

    status = 429
    code = "too_many_messages"
    text = gettext_noop("You have written a lot within a short time. Wait an hour, then write again.")


class TooManyConversations(NotPossible):
    """The organization has begun many conversations within a day."""

    status = 429
    code = "too_many_conversations"
    text = gettext_noop("You have begun many conversations today. Go on with them; begin others tomorrow.")


class NoAppointment(NotPossible):
    """Only a time that the other side proposed, that is to come and is not answered, can be answered."""

    code = "no_appointment"
    text = gettext_noop(
        "There is no appointment to answer: it is past, answered already, or your own proposal."
    )


@atomic
def ask(
    *,
    listing: Listing,
    asker: Organization,
    kind: str,
    text: str,
    by: User,
    at: datetime,
    meet_at: datetime | None = None,
) -> Message:
    """
    Write to the owner of a listing; the first message begins the conversation.

    :raises MissingRight: if ``by`` may not write for ``asker``
    :raises OwnListing: if ``asker`` owns the listing
    :raises ListingNotPublished: if it is not on offer to ``asker`` and there is no conversation about it yet
    :raises TooManyConversations: if ``asker`` has begun ``MOST_OPENED_A_DAY`` within a day
    :raises MessageInvalid: with every fault at its field
    :raises TooManyMessages: if ``asker`` has written ``MOST_AN_HOUR`` here within an hour
    """
    require(by, Permission.MESSAGE_WRITE, within=asker)
    if listing.owner_id == asker.pk:
        raise OwnListing
    found = Conversation.objects.filter(listing=listing, asker=asker, reference="").first()
    if found is None and not listing.is_open_to(asker):
        raise ListingNotPublished
    held = found or _open(listing=listing, asker=asker, reference="", at=at)
    return write(conversation=held, within=asker, kind=kind, text=text, meet_at=meet_at, by=by, at=at)


@atomic
def begin(
    *, reference: str, listing: Listing, asker: Organization, within: Organization, by: User, at: datetime
) -> Conversation:
    """
    Return the conversation about an agreement of ``asker`` with the owner of the listing, new or known.

    The caller knows that there is such an agreement; ``reference`` is its public id.

    :raises MissingRight: if ``by`` may not write for ``within``
    :raises NotASide: if ``within`` is neither ``asker`` nor the owner
    """
    require(by, Permission.MESSAGE_WRITE, within=within)
    if within.pk not in (listing.owner_id, asker.pk):
        raise NotASide(organization=within.name)
    found = Conversation.objects.filter(reference=reference).first()
    return found or _open(listing=listing, asker=asker, reference=reference, at=at)


@atomic
def write(
    *,
    conversation: Conversation,
    within: Organization,
    kind: str,
    text: str,
    by: User,
    at: datetime,
    meet_at: datetime | None = None,
) -> Message:
    """
    Write a message for one side and tell the other.

    A viewing proposes a time, a sample part may. What was there before counts as read by who writes.

    :raises MissingRight: if ``by`` may not write for ``within``
    :raises NotASide: if ``within`` is not one of the two
    :raises MessageInvalid: with every fault at its field
    :raises TooManyMessages: if ``within`` has written ``MOST_AN_HOUR`` here within an hour
    """
    require(by, Permission.MESSAGE_WRITE, within=within)
    if flaws := rules.flaws(kind, text, meet_at, at):
        raise MessageInvalid(flaws=flaws)
    held = _locked(conversation, within)
    made = _append(held, within=within, kind=kind, text=text.strip(), meet_at=meet_at, by=by, at=at)
    told = Told.APPOINTMENT_PROPOSED if meet_at else Told.MESSAGE_WRITTEN
    _tell(told, held, within, meet_at, at)
    return made


@atomic
def answer(
    *,
    conversation: Conversation,
    number: int,
    accept: bool,
    within: Organization,
    by: User,
    at: datetime,
    text: str = "",
) -> Message:
    """
    Confirm or decline the time that message ``number`` proposes, and tell who proposed it.

    :raises MissingRight: if ``by`` may not write for ``within``
    :raises NotASide: if ``within`` is not one of the two
    :raises MessageInvalid: if the words beside the answer are too long
    :raises NoAppointment: if the other side proposed no time there, it is past, or it was answered
    :raises TooManyMessages: if ``within`` has written ``MOST_AN_HOUR`` here within an hour
    """
    require(by, Permission.MESSAGE_WRITE, within=within)
    if flaws := rules.answer_flaws(text):
        raise MessageInvalid(flaws=flaws)
    held = _locked(conversation, within)
    open_ = Message.objects.filter(conversation=held, number=number, answer=None, meet_at__gt=at)
    asked = open_.exclude(organization=within).exclude(kind__in=ANSWERS).first()
    if asked is None:
        raise NoAppointment
    kind = Kind.CONFIRM if accept else Kind.DECLINE
    made = _append(
        held, within=within, kind=kind, text=text.strip(), meet_at=asked.meet_at, answers=asked, by=by, at=at
    )
    _tell(TOLD[kind], held, within, asked.meet_at, at)
    return made


@atomic
def mark_read(*, conversation: Conversation, within: Organization, by: User, at: datetime) -> int:
    """
    Note that one side has read everything so far; return up to which message.

    :raises MissingRight: if ``by`` may not write for ``within``, whose mark it is
    :raises NotASide: if ``within`` is not one of the two
    """
    require(by, Permission.MESSAGE_WRITE, within=within)
    held = _locked(conversation, within)
    _mark(held, within, at)
    return held.last_number


def _open(*, listing: Listing, asker: Organization, reference: str, at: datetime) -> Conversation:
    """Begin a conversation, or return the one that somebody began meanwhile; the asker's row is the lock."""
    Organization.objects.select_for_update(no_key=True).get(pk=asker.pk)
    if not reference:
        begun = Conversation.objects.filter(asker=asker, reference="", opened_at__gt=at - DAY).count()
        if begun >= MOST_OPENED_A_DAY:
            raise TooManyConversations
    return Conversation.objects.get_or_create(
        listing=listing,
        asker=asker,
        reference=reference,
        defaults={"owner": listing.owner, "opened_at": at, "last_at": at},
    )[0]


def _locked(conversation: Conversation, within: Organization) -> Conversation:
    held = Conversation.objects.locked().select_related("listing", "owner", "asker").get(pk=conversation.pk)
    if within.pk not in (held.owner_id, held.asker_id):
        raise NotASide(organization=within.name)
    return held


def _append(
    held: Conversation,
    *,
    within: Organization,
    kind: str,
    text: str,
    meet_at: datetime | None,
    by: User,
    at: datetime,
    answers: Message | None = None,
) -> Message:
    """Save the next message of a locked conversation."""
    mine = Message.objects.filter(conversation=held, organization=within, written_at__gt=at - HOUR)
    if rules.too_fast(list(mine.values_list("written_at", flat=True)), at):
        raise TooManyMessages
    held.last_number, held.last_at = held.last_number + 1, at
    held.save(update_fields=["last_number", "last_at"])
    made = Message.objects.create(
        conversation=held,
        number=held.last_number,
        organization=within,
        author=by.public_id,
        author_name=by.name,
        kind=kind,
        text=text,
        meet_at=meet_at,
        answers=answers,
        written_at=at,
    )
    _mark(held, within, at)
    audit.record(
        by=by, action="message.write", subject=held.public_id, at=at, within=within, number=made.number
    )
    return made


def _mark(held: Conversation, within: Organization, at: datetime) -> None:
    mark = ReadMark(conversation=held, organization=within, number=held.last_number, read_at=at)
    ReadMark.objects.bulk_create(
        [mark],
        update_conflicts=True,
        unique_fields=["conversation", "organization"],
        update_fields=["number", "read_at"],
    )


def _tell(
    kind: Told, held: Conversation, within: Organization, meet_at: datetime | None, at: datetime
) -> None:
    facts = {"who": within.name, "machine": held.listing.title}
    if meet_at is not None:
        facts["meet_at"] = meet_at.isoformat()
    link = f"/conversations/{held.public_id}/"
    notifications.notify(kind=kind, to=[held.other(within)], facts=facts, at=at, link=link)
