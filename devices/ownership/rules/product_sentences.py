"""The policy of a data product in sentences: what a buyer may do, what it may not, and what it owes."""

from collections.abc import Iterable, Iterator

from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.grant_sentences import INTERVALS
from devices.ownership.rules.odrl.offering import Terms
from devices.ownership.rules.sentences import Translate, listed, purpose_words
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.money import format_money

READ = gettext_noop("The buyer may read figures over {interval} of {data}, for {purposes}.")
DAYS = gettext_noop("For {days} days, from the moment at which the payment is recorded.")
PRICE = gettext_noop("It owes {price} first: nothing is opened before that is paid.")
ONWARD = gettext_noop("It may neither hand the data on nor sell them.")
KINDS = gettext_noop("Only for: {kinds}.")
AT_HOME = gettext_noop("Used in China alone.")
ABROAD = gettext_noop("Used abroad only after a cross-border check that lets the data go.")
MOST = gettext_noop("At most {most} licences are sold.")


def policy_sentences(
    terms: Terms, categories: Iterable[str], kinds: Iterable[str], translate: Translate
) -> Iterator[str]:
    """Yield the policy in sentences; ``kinds`` are the names of the kinds that may buy it."""
    data = listed((translate(CATEGORIES[one]) for one in categories), translate)
    purposes = listed((purpose_words(one, translate) for one in terms.purposes), translate)
    interval = translate(INTERVALS[terms.interval])
    yield translate(READ).format(interval=interval, data=data, purposes=purposes)
    yield translate(DAYS).format(days=terms.days)
    yield translate(PRICE).format(price=format_money(terms.price))
    yield translate(ONWARD)
    if terms.recipients:
        yield translate(KINDS).format(kinds=listed(kinds, translate))
    yield translate(ABROAD if terms.abroad else AT_HOME)
    yield translate(MOST).format(most=terms.most)
