"""How a kind of notification and its facts become a sentence in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import datetime
from string import Formatter

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.notifications import Kind
from marketplace.rules.notifications_of_bills import BILLS
from marketplace.rules.notifications_of_funds import FUNDS
from marketplace.rules.notifications_of_joining import JOINING
from marketplace.rules.notifications_of_mediation import MEDIATION
from marketplace.rules.notifications_of_needs import NEEDS
from marketplace.rules.notifications_of_quality import QUALITY
from marketplace.rules.notifications_of_searches import SEARCHES
from marketplace.rules.notifications_of_tax import RED_LETTERS

SENTENCES = {
    Kind.GRANT_ASKED: gettext_noop("{who} asks to read data of {machine}."),
    Kind.GRANT_GIVEN: gettext_noop("{who} opens data of {machine}."),
    Kind.GRANT_REFUSED: gettext_noop("{who} refuses to open data of {machine}."),
    Kind.GRANT_WITHDRAWN: gettext_noop("{who} has withdrawn a grant over data of {machine}."),
    Kind.DENIAL_SPIKE: gettext_noop("{who} was refused {count} times within an hour at {device}."),
    Kind.DUTY_SOON: gettext_noop(
        "On {due_at}, data of {machine} are erased. Take along what you need before."
    ),
    Kind.DUTY_DUE: gettext_noop("Data of {machine} are erased now."),
    Kind.DUTY_OVERDUE: gettext_noop("A duty about data of {machine} is overdue since {due_at}."),
    Kind.PAYMENT_SOON: gettext_noop("{who} is to pay {whom} for data until {due_at}."),
    Kind.PAYMENT_DUE: gettext_noop("The payment of {who} to {whom} for data is due today."),
    Kind.PAYMENT_OVERDUE: gettext_noop("The payment of {who} to {whom} for data is overdue since {due_at}."),
    Kind.PAYMENT_ESCALATED: gettext_noop(
        "The payment of {who} to {whom} for data is overdue since {due_at}: the platform sees it, too."
    ),
    Kind.DATA_REGRADED: gettext_noop("{data} of {device} is graded {grade} now."),
    Kind.DATA_ERASED: gettext_noop("Data of {machine} were erased. The certificate is there."),
    Kind.AGREEMENT_SUSPENDED: gettext_noop("{who} has suspended the data agreement on {machine}."),
    Kind.AGREEMENT_RESUMED: gettext_noop("{who} lets the data agreement on {machine} go on."),
    Kind.TICKET_RAISED: gettext_noop("{who} reports a fault of {machine}."),
    Kind.TICKET_SOLVED: gettext_noop(
        "{who} says that {machine} works again. Confirm it, or reopen the ticket."
    ),
    Kind.TICKET_CLOSED: gettext_noop(
        "{who} closed the fault ticket of {machine} with the end of its use. "
        "Who bears the standstill can still be proposed."
    ),
    Kind.TICKET_REOPENED: gettext_noop("{who} says that {machine} still does not work."),
    Kind.DOWNTIME_PROPOSED: gettext_noop(
        "{who} proposes who bears the standstill of {machine}. Answer until {due_at}."
    ),
    Kind.DOWNTIME_CONTESTED: gettext_noop("Who bears the standstill of {machine} is contested."),
    Kind.DOWNTIME_SETTLED: gettext_noop("It is settled who bears the standstill of {machine}."),
    Kind.CHANGE_PROPOSED: gettext_noop("{who} proposes to change lease {lease}."),
    Kind.CHANGE_ACCEPTED: gettext_noop("{who} accepts the change of lease {lease}."),
    Kind.CHANGE_DECLINED: gettext_noop("{who} declines the change of lease {lease}."),
    Kind.NOTICE_GIVEN: gettext_noop("{who} gives notice: lease {lease} ends on {ends_at}."),
    Kind.LEASE_SUSPENDED: gettext_noop("{who} has suspended lease {lease}."),
    Kind.LEASE_RESUMED: gettext_noop("{who} lets lease {lease} go on."),
    Kind.DEFAULT_NOTICED: gettext_noop("{who} says that lease {lease} is not kept. Cure it until {due_at}."),
    Kind.LEASE_TERMINATED: gettext_noop("{who} has terminated lease {lease}."),
    Kind.MACHINE_LOST: gettext_noop("{who} reports the machine of lease {lease} as lost."),
    Kind.HANDOVER_PLANNED: gettext_noop("{who} brings the machine of lease {lease} on {planned_at}."),
    Kind.RECORD_TO_CONFIRM: gettext_noop(
        "{who} wrote down how the machine of lease {lease} is. Confirm it or object until {until_at}."
    ),
    Kind.RECORD_CONFIRMED: gettext_noop("{who} confirmed the record of lease {lease}."),
    Kind.RECORD_OBJECTED: gettext_noop("{who} objects to the record of lease {lease}."),
    Kind.DEPOSIT_ORDERED: gettext_noop(
        "A payment from the deposit of lease {lease} waits for a second person."
    ),
    Kind.DEPOSIT_MOVED: gettext_noop("{who} moved {amount} of the deposit of lease {lease}: {what}."),
    Kind.SERVICE_INVITED: gettext_noop(
        "{who} invites you to do a service with {listing}. Read it, then agree."
    ),
    Kind.SERVICE_AGREED: gettext_noop("{who} agrees to do its service with {listing}: it is offered now."),
    Kind.SERVICE_DECLINED: gettext_noop("{who} does not want to do the service with {listing}."),
    Kind.SERVICE_WITHDRAWN: gettext_noop("{who} no longer offers a service with {listing}."),
    Kind.MESSAGE_WRITTEN: gettext_noop("{who} writes to you about {machine}. Next: read it, and answer."),
    Kind.APPOINTMENT_PROPOSED: gettext_noop(
        "{who} proposes an appointment about {machine} for {meet_at}. Next: confirm it, or decline it."
    ),
    Kind.APPOINTMENT_CONFIRMED: gettext_noop(
        "{who} confirms the appointment about {machine} for {meet_at}. Next: be there in time."
    ),
    Kind.APPOINTMENT_DECLINED: gettext_noop(
        "{who} declines the appointment about {machine} for {meet_at}. Next: propose another time."
    ),
    Kind.LEASE_REQUEST: gettext_noop(
        "{who} asks for {machine} (lease {lease}). Next: accept, quote other terms, or refuse."
    ),
    Kind.LEASE_QUOTE: gettext_noop(
        "{who} makes you a quote for {machine} (lease {lease}). "
        "Next: accept it in time, or answer with another offer."
    ),
    Kind.LEASE_COUNTER: gettext_noop(
        "{who} answers your quote for {machine} with another offer (lease {lease}). "
        "Next: accept it, or quote again."
    ),
    Kind.LEASE_ACCEPT: gettext_noop(
        "{who} accepts your offer for {machine} (lease {lease}). Next: see what is due before the hand-over."
    ),
    Kind.LEASE_REFUSE: gettext_noop(
        "{who} refuses lease {lease} of {machine}. "
        "Next: read the reason, then ask for other days or another machine."
    ),
    Kind.LEASE_REASSIGN: gettext_noop(
        "Lease {lease} gets another machine of {machine}. Next: read the notice on its data, and accept it."
    ),
    Kind.LEASE_DISPATCH: gettext_noop(
        "{who} has sent {machine} off (lease {lease}). Next: be there to receive it."
    ),
    Kind.LEASE_ACTIVATE: gettext_noop(
        "The use of {machine} in lease {lease} has begun: what the machine does is billed from now on. "
        "Next: follow use and cost on its page."
    ),
    Kind.LEASE_END: gettext_noop(
        "Lease {lease} of {machine} has ended. Next: the machine goes back, and its return is recorded."
    ),
    Kind.LEASE_CANCEL: gettext_noop(
        "{who} cancels lease {lease} of {machine}. The machine is free for others."
    ),
    Kind.LEASE_EXPIRE: gettext_noop(
        "Lease {lease} of {machine} has expired: nobody acted in time. "
        "Next: ask again, if it is still wanted."
    ),
    Kind.SLOT_ASKED: gettext_noop("{who} asks for a slot of {machine} on {starts_at}. Confirm or refuse it."),
    Kind.SLOT_BOOKED: gettext_noop("{who} has booked a slot of {machine} on {starts_at}."),
    Kind.SLOT_CONFIRMED: gettext_noop("{who} confirms your slot of {machine} on {starts_at}."),
    Kind.SLOT_REFUSED: gettext_noop("{who} refuses your slot of {machine} on {starts_at}."),
    Kind.SLOT_CANCELLED: gettext_noop("{who} has cancelled the slot of {machine} on {starts_at}."),
    Kind.SLOT_EXPIRED: gettext_noop("The slot of {machine} on {starts_at} was not confirmed in time."),
    Kind.SLOT_DONE: gettext_noop("{who} has finished your slot of {machine} on {starts_at}."),
    Kind.SLOT_WAIVED: gettext_noop("{who} asks nothing for the slot of {machine} on {starts_at}."),
    Kind.SLOT_NO_SHOW: gettext_noop("{who} notes that nobody came for the slot of {machine} on {starts_at}."),
    Kind.LEASE_TO_APPROVE: gettext_noop("Lease {number} with {who} waits for your approval."),
    Kind.CONTRACT_TO_SIGN: gettext_noop("The contract {number} with {who} waits for your signature."),
    Kind.CONTRACT_SIGNED: gettext_noop("{who} has signed the contract {number}."),
    Kind.CONTRACT_CONCLUDED: gettext_noop("The contract {number} with {who} is concluded."),
    Kind.TEMPLATE_PUBLISHED: gettext_noop("New general terms take effect on {effective_at}. Read them."),
    Kind.MACHINE_OVERDUE: gettext_noop(
        "{machine} of lease {lease} was to be given back on {due_at}. "
        "Next: give it back, and record its return."
    ),
    Kind.LEASE_AT_RISK: gettext_noop(
        "{machine} may come late for lease {lease}: it has not come back yet. "
        "Next: see which machines could take its place."
    ),
    Kind.LEASE_MACHINE_GONE: gettext_noop(
        "{machine} is not there any more for lease {lease}. Next: see which machines could take its place."
    ),
    Kind.LEASE_SAFE: gettext_noop("{machine} of lease {lease} is back: it is expected in time again."),
    Kind.TIME_AT_RISK: gettext_noop(
        "{machine} may not be there on {starts_at}, as planned. Next: choose another machine or another time."
    ),
    Kind.JOB_OPENED: gettext_noop(
        "A service for {who} is ordered: {work} ({machine}). Next: agree on a day."
    ),
    Kind.JOB_PROPOSED: gettext_noop(
        "{who} proposes {meet_at} for: {work} ({machine}). Next: agree, or propose another day."
    ),
    Kind.JOB_AGREED: gettext_noop("{who} agrees to {meet_at} for: {work} ({machine})."),
    Kind.JOB_BEGUN: gettext_noop("{who} has begun: {work} ({machine})."),
    Kind.JOB_DONE: gettext_noop(
        "{who} reports as done: {work} ({machine}). "
        "Accept it or object until {until_at}; without an answer until then it is accepted."
    ),
    Kind.JOB_ACCEPTED: gettext_noop("Accepted for {who}: {work} ({machine}). It is owed from now on."),
    Kind.JOB_OBJECTED: gettext_noop(
        "{who} objects to: {work} ({machine}). Next: read why, and do it again or speak to each other."
    ),
    Kind.JOB_CANCELLED: gettext_noop("The order of {who} is dropped: {work} ({machine}). Nothing is owed."),
    Kind.JOB_LEASE_OVER: gettext_noop(
        "The lease has ended, so nothing is to be done by {who} any more: {work} ({machine})."
    ),
    Kind.RETURN_TO_CONFIRM: gettext_noop(
        "{who} took the machine of lease {lease} back and wrote down how it is. "
        "Confirm it or object until {until_at}: without an answer the record stands."
    ),
    Kind.RETURNED_BY_LESSEE: gettext_noop(
        "{who} gave the machine of lease {lease} back and wrote down how it is. Confirm it or object until "
        "{until_at}: without an answer the record stands. Then inspect the machine within {days} days."
    ),
    Kind.RETURN_REFERRED: gettext_noop(
        "{who} asks the platform to decide about the return of {machine} (lease {lease})."
    ),
    Kind.RETURN_REFERRAL_WITHDRAWN: gettext_noop(
        "{who} takes its question about the return of {machine} back (lease {lease})."
    ),
    Kind.RETURN_STANDS: gettext_noop(
        "{who} has decided: the return of {machine} stands as it was written (lease {lease})."
    ),
    Kind.RETURN_FALLS: gettext_noop(
        "{who} has decided: the return of {machine} does not stand as it was written (lease {lease}). "
        "Next: write another."
    ),
    Kind.MEMORY_NOT_WIPED: gettext_noop(
        "{who} did not wipe the memory of the machine of lease {lease}: {reason}. "
        "Programs of yours may still be in it."
    ),
    Kind.INSPECTION_TO_ANSWER: gettext_noop(
        "{who} inspected the machine of lease {lease} and found something. "
        "Accept it or object until {until_at}."
    ),
    Kind.REPAIR_BEGUN: gettext_noop("{who} repairs the machine of lease {lease}: {work}."),
    Kind.MACHINE_READY: gettext_noop(
        "{who} made the machine of lease {lease} ready: it has come back whole."
    ),
    Kind.MACHINE_NOT_READY: gettext_noop(
        "{machine} of lease {lease} is back but not ready yet, and is needed from {needed_at}."
    ),
    Kind.FINANCE_TO_REGISTER: gettext_noop(
        "The finance lease {lease} with {who} is drawn up. Next: register it, and record the number."
    ),
    Kind.FINANCE_REGISTRATION_ENDS: gettext_noop(
        "The registration of finance lease {lease} ends on {ends_at}. Next: extend it, and record that."
    ),
    Kind.DAMAGE_CLAIMED: gettext_noop(
        "{who} claims {amount} for damage (lease {lease}). Accept or contest it until {reply_at}."
    ),
    Kind.DAMAGE_ACCEPTED: gettext_noop("{who} accepts {amount} for damage (lease {lease})."),
    Kind.DAMAGE_CONTESTED: gettext_noop(
        "{who} contests your damage claim (lease {lease}). Next: come nearer, or ask the platform to decide."
    ),
    Kind.DAMAGE_OFFERED: gettext_noop(
        "{who} offers another sum for damage (lease {lease}). Next: accept it, or answer it."
    ),
    Kind.DAMAGE_REFERRED: gettext_noop(
        "{who} asks the platform to decide a damage claim of {amount} (lease {lease})."
    ),
    Kind.DAMAGE_DECIDED: gettext_noop("{who} has decided: {amount} is owed for damage (lease {lease})."),
    Kind.DAMAGE_WITHDRAWN: gettext_noop("{who} withdraws its damage claim (lease {lease})."),
    Kind.SETTLEMENT_PROPOSED: gettext_noop(
        "{who} proposes to settle lease {lease}: {amount} beside the invoices. "
        "Next: read it, and answer until {answer_at}."
    ),
    Kind.SETTLEMENT_AGREED: gettext_noop(
        "{who} agrees: lease {lease} is settled at {amount} beside the invoices."
    ),
    Kind.SETTLEMENT_REFERRED: gettext_noop("{who} asks the platform to decide how lease {lease} is settled."),
    Kind.SETTLEMENT_DECIDED: gettext_noop(
        "{who} has decided: lease {lease} is settled at {amount} beside the invoices."
    ),
    Kind.LEASE_CLOSED: gettext_noop("Lease {lease} is closed. Its data are kept until {kept_at}."),
    Kind.MAINTENANCE_PLANNED: gettext_noop("{what} of {machine} is planned for {starts_at}."),
    Kind.MAINTENANCE_PROPOSED: gettext_noop(
        "{who} proposes {what} of {machine} on {starts_at}. Next: agree, or propose another time."
    ),
    Kind.MAINTENANCE_AGREED: gettext_noop("{who} agrees to {what} of {machine} on {starts_at}."),
    Kind.MAINTENANCE_WAITS: gettext_noop(
        "{what} of {machine} comes due, and the machine is never free. Next: make time for it."
    ),
    Kind.MAINTENANCE_DONE: gettext_noop("{who} has done {what} of {machine}."),
    Kind.HEALTH_WARNING: gettext_noop(
        "{machine} gave {alarms} alarms in a day: {rate} an hour of run time, "
        "against {mean} in the 14 days before."
    ),
    Kind.HEALTH_TREND: gettext_noop(
        "{channel} of {machine} goes towards its limit of {limit}: {mean} on the last day, {change} a day. "
        "Days left: {days}."
    ),
    Kind.HEALTH_BEYOND: gettext_noop(
        "{channel} of {machine} is beyond its limit of {limit}: {mean} on the last day, {change} a day."
    ),
    Kind.TAX_INVOICE_RECORDED: gettext_noop("The official e-invoice for {invoice} is there: no. {number}."),
    Kind.LOAN_APPLIED: gettext_noop(
        "{who} applies for a loan of {amount} ({product}). Next: make an offer, or decline."
    ),
    Kind.COMMISSION_SET: gettext_noop(
        "From {first_at} the platform keeps {rate} of the rent before tax of new contracts; the rate is for: "
        "{whom_en} ({whom_zh}). Contracts that are concluded keep theirs."
    ),
    Kind.COMMISSION_ENDS: gettext_noop(
        "From {first_at} the commission for {whom_en} ({whom_zh}) ends for new contracts. To your offers "
        "applies then: {then}."
    ),
    Kind.LOAN_OFFERED: gettext_noop("{who} offers you a loan of {amount}. Accept it until {until_at}."),
    Kind.LOAN_ACCEPTED: gettext_noop(
        "{who} accepts your offer of {amount}. Next: pay it out on {start_at}, and record that."
    ),
    Kind.LOAN_DECLINED: gettext_noop("{who} declines the loan of {amount}: {reason}"),
    Kind.LOAN_WITHDRAWN: gettext_noop("{who} withdraws its application for a loan of {amount}."),
    Kind.LOAN_PAID_OUT: gettext_noop("{who} has recorded that it paid out your loan of {amount}."),
    Kind.LOAN_PAYMENT: gettext_noop("{who} has recorded your payment of {amount}."),
    Kind.LOAN_REPAID: gettext_noop("{who} has recorded your payment of {amount}: the loan is paid back."),
    Kind.LOAN_TAKEN_BACK: gettext_noop("{who} has taken the record of a payment of {amount} back."),
    Kind.INSURANCE_WRITTEN: gettext_noop(
        "{who} wrote an insurance policy of {machine} down (lease {lease}). Next: read it."
    ),
    Kind.INSURANCE_ENDS: gettext_noop(
        "From {ends_at} on policy {policy} does not cover {machine} any more. "
        "Next: renew it, and write the new one down."
    ),
    Kind.RULES_BROKEN: gettext_noop(
        "The standing checks newly found {count} that break a rule of invoices, use or books. "
        "Next: look at them."
    ),
    Kind.BUDGET_REACHED: gettext_noop(
        "Lease {lease}: {percent} % of your budget of {budget} is reached, {amount} net so far. "
        "The machine goes on. Next: look at the use."
    ),
    Kind.BUDGET_MONTH: gettext_noop(
        "{percent} % of your monthly budget of {budget} is reached, {amount} net so far in all leases. "
        "The machines go on. Next: see which lease it is."
    ),
    Kind.BUDGET_METER: gettext_noop(
        "Lease {lease}: a meter has reached {limit}, the quantity that you wanted to be told of. "
        "Next: look at the use."
    ),
    Kind.BUDGET_CAP: gettext_noop(
        "Lease {lease}: the rent has reached the cap of this billing period. More use costs no more rent."
    ),
    Kind.BUDGET_IDLE: gettext_noop(
        "Lease {lease}: no use was counted for {days} days. "
        "Next: see whether the machine stands or is silent."
    ),
    Kind.API_KEY_ENDS: gettext_noop(
        "The API key “{key}” ends on {ends_at}. Next: make another, and give it to your programs."
    ),
    Kind.WEBHOOK_GONE: gettext_noop(
        "The webhook {url} answered that it is gone (410), and is switched off. "
        "Next: set up the right address, and read on from the last event that you have."
    ),
    Kind.WEBHOOK_FAILING: gettext_noop(
        "Nothing has arrived at the webhook {url} for five days, and it is switched off. "
        "Next: mend your receiver, switch it on again, and read on from the last event that you have."
    ),
    Kind.IMPORT_DONE: gettext_noop(
        "The file {name} is taken in: {created} rows are new, {there} were there already, {refused} came "
        "back. Next: see the listings, and mend what came back."
    ),
    Kind.ANNOUNCEMENT_PUBLISHED: gettext_noop("The platform announces: {title_en} ({title_zh})."),
    Kind.ANNOUNCEMENT_WITHDRAWN: gettext_noop(
        "The platform withdraws an announcement: {title_en} ({title_zh}). Next: read why."
    ),
    Kind.BACKGROUND_JOB_FAILED: gettext_noop(
        "The work on {name} ended without a result. Next: see why, and start it again."
    ),
    Kind.LATE_TERMS: gettext_noop(
        "{who} announces what it asks for late payment of invoices issued from {day} on."
    ),
    Kind.LATE_INTEREST: gettext_noop(
        "{who} claims {amount} of interest for late payment of invoice {invoice}. The days are listed."
    ),
    Kind.LATE_INTEREST_BACK: gettext_noop(
        "{who} takes back {amount} of the interest that was claimed for invoice {invoice}: you owe less by "
        "that. Next: pay only what the invoice and its interest still ask for."
    ),
    Kind.DUNNING_LETTER: gettext_noop(
        "{who} reminds you of {amount} that is overdue. Next: pay, or tell {who} when you will."
    ),
    **{
        Kind(name): text
        for name, text in (
            BILLS | FUNDS | JOINING | MEDIATION | QUALITY | RED_LETTERS | SEARCHES | NEEDS
        ).items()
    },
}


def needed(kind: Kind) -> set[str]:
    """Return the names of the facts that the sentence of a kind needs."""
    return {name for _, name, _, _ in Formatter().parse(SENTENCES[kind]) if name}


def sentence(
    kind: str, facts: Mapping[str, str], translate: Callable[[str], str], day: Callable[[datetime], str]
) -> str:
    """Say it in the reader's language; ``day`` writes the day of a moment."""
    told = {
        name: day(datetime.fromisoformat(value)) if name.endswith("_at") else value
        for name, value in facts.items()
    }
    return translate(SENTENCES[Kind(kind)]).format(**told)
