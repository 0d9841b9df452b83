"""What must hold in the books whoever writes: kept by the database itself (docs/ledger.md says each rule once)."""

from django.db import migrations

APPEND_ONLY = ("account", "journal", "journalline", "seal", "periodlock")
REFUSE = "".join(
    f"""
CREATE TRIGGER billing_{table}_append_only BEFORE UPDATE OR DELETE ON billing_{table}
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
    for table in APPEND_ONLY
)
REFUSE_BACK = "".join(
    f"DROP TRIGGER billing_{table}_append_only ON billing_{table};\n" for table in APPEND_ONLY
)

# Whoever posts holds the book's key; sealing and locking a period take the whole row (FOR UPDATE), so they wait
# for all who post and all others wait for them. Each statement of a function sees what was committed before it.
JOURNALS = """
CREATE FUNCTION billing_journal_made_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.made_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_journal_made_in BEFORE INSERT ON billing_journal
    FOR EACH ROW EXECUTE FUNCTION billing_journal_made_in();

CREATE FUNCTION billing_journals_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing_book WHERE id IN (SELECT book_id FROM added) ORDER BY id FOR KEY SHARE;
    IF EXISTS (
        SELECT 1 FROM (SELECT book_id, min(effective_date) AS first FROM added GROUP BY book_id) a
        CROSS JOIN LATERAL (
            SELECT through FROM billing_periodlock WHERE book_id = a.book_id AND level = 'HARD'
            ORDER BY id DESC LIMIT 1) locked
        WHERE a.first <= locked.through
    ) THEN
        RAISE EXCEPTION 'the book is locked on this day' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT book_id, min(posted_at) AS first FROM added GROUP BY book_id) a
        CROSS JOIN LATERAL (
            SELECT sealed_at FROM billing_seal WHERE book_id = a.book_id ORDER BY number DESC LIMIT 1) sealed
        WHERE a.first <= sealed.sealed_at
    ) THEN
        RAISE EXCEPTION 'the book was sealed later than this is said to be posted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_journals_added AFTER INSERT ON billing_journal REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing_journals_added();

CREATE FUNCTION billing_journal_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM billing_journalline WHERE journal_id = NEW.id) THEN
        RAISE EXCEPTION 'journal % has no lines', NEW.public_id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reverses_id IS NOT NULL AND (
        EXISTS (SELECT 1 FROM billing_journal
                WHERE id = NEW.reverses_id AND (book_id <> NEW.book_id OR reverses_id IS NOT NULL))
        OR EXISTS (SELECT 1 FROM billing_journalline WHERE journal_id IN (NEW.id, NEW.reverses_id)
                   GROUP BY account_id, party_id, lease_id, equipment_id, invoice_id, owner_id
                   HAVING sum(amount_minor) <> 0)
    ) THEN
        RAISE EXCEPTION 'journal % does not take back what it says it does', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_journal_whole AFTER INSERT ON billing_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_journal_whole();
"""
JOURNALS_BACK = """
DROP TRIGGER billing_journal_whole ON billing_journal;
DROP FUNCTION billing_journal_whole();
DROP TRIGGER billing_journals_added ON billing_journal;
DROP FUNCTION billing_journals_added();
DROP TRIGGER billing_journal_made_in ON billing_journal;
DROP FUNCTION billing_journal_made_in();
"""

# Each statement adds lines that balance for themselves, journal by journal and currency by currency, so what is
# stored balances after every statement: nothing can be put off until the commit and then forgotten there. One
# aggregate a statement serves a COPY of many. Lines are never 0, so two at least follow from it.
LINES = """
CREATE FUNCTION billing_lines_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT journal_id INTO wrong FROM added GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines of journal % do not balance', wrong USING ERRCODE = 'check_violation';
    END IF;
    SELECT l.journal_id INTO wrong
        FROM added l JOIN billing_journal j ON j.id = l.journal_id JOIN billing_account a ON a.id = l.account_id
        WHERE j.made_in <> pg_current_xact_id()::text::bigint OR a.book_id <> j.book_id
           OR a.currency <> l.currency OR l.effective_date <> j.effective_date OR l.posted_at <> j.posted_at
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines do not belong to journal %: posted before, or another book, currency or day',
            wrong USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM added l JOIN billing_accountbalance b ON b.account_id = l.account_id) THEN
        PERFORM 1 FROM billing_accountbalance WHERE account_id IN (SELECT account_id FROM added)
            ORDER BY account_id FOR NO KEY UPDATE;
        UPDATE billing_accountbalance b SET balance_minor = b.balance_minor + moved.minor
            FROM (SELECT l.account_id, sum(CASE a.normal_side WHEN 'DEBIT' THEN l.amount_minor
                                           ELSE -l.amount_minor END) AS minor
                  FROM added l JOIN billing_account a ON a.id = l.account_id GROUP BY l.account_id) moved
            WHERE b.account_id = moved.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_lines_added AFTER INSERT ON billing_journalline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_added();
"""
LINES_BACK = """
DROP TRIGGER billing_lines_added ON billing_journalline;
DROP FUNCTION billing_lines_added();
"""

FLOORS = """
CREATE FUNCTION billing_account_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing_accountbalance (account_id, balance_minor) VALUES (NEW.id, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER billing_account_floor AFTER INSERT ON billing_account
    FOR EACH ROW WHEN (NEW.has_floor) EXECUTE FUNCTION billing_account_floor();
CREATE FUNCTION billing_balance_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a balance changes by the lines of journals alone' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_balance_frozen BEFORE INSERT OR UPDATE OR DELETE ON billing_accountbalance
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION billing_balance_frozen();
"""
FLOORS_BACK = """
DROP TRIGGER billing_balance_frozen ON billing_accountbalance;
DROP FUNCTION billing_balance_frozen();
DROP TRIGGER billing_account_floor ON billing_account;
DROP FUNCTION billing_account_floor();
"""

BOOKS = """
CREATE TRIGGER billing_book_frozen BEFORE UPDATE ON billing_book FOR EACH ROW
    WHEN ((OLD.code, OLD.kind, OLD.currency, OLD.zone, OLD.organization_id, OLD.opened_at)
          IS DISTINCT FROM (NEW.code, NEW.kind, NEW.currency, NEW.zone, NEW.organization_id, NEW.opened_at))
    EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_book_stays BEFORE DELETE ON billing_book FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_terms_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_invoice WHERE lease_id = OLD.lease_id AND status = 'ISSUED') THEN
        RAISE EXCEPTION 'how a lease is booked never changes after its first invoice'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER billing_terms_frozen BEFORE UPDATE OR DELETE ON billing_bookingterms
    FOR EACH ROW EXECUTE FUNCTION billing_terms_frozen();
"""
BOOKS_BACK = """
DROP TRIGGER billing_terms_frozen ON billing_bookingterms;
DROP FUNCTION billing_terms_frozen();
DROP TRIGGER billing_book_stays ON billing_book;
DROP TRIGGER billing_book_frozen ON billing_book;
"""

SEALS = """
CREATE FUNCTION billing_seals_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added s JOIN billing_journal j ON j.id = s.journal_id
        LEFT JOIN billing_seal p ON p.book_id = s.book_id AND p.number = s.number - 1
        LEFT JOIN billing_journal pj ON pj.id = p.journal_id
        WHERE j.book_id <> s.book_id OR s.number < 1 OR j.posted_at > s.sealed_at
           OR (s.number = 1) <> (p.id IS NULL) OR s.prev_hash <> coalesce(p.hash, '')
           OR (pj.posted_at, pj.id) > (j.posted_at, j.id) OR p.sealed_at > s.sealed_at
    ) THEN
        RAISE EXCEPTION 'a seal stands on the one before it, in the order of posting'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_seals_added AFTER INSERT ON billing_seal REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing_seals_added();
"""
SEALS_BACK = """
DROP TRIGGER billing_seals_added ON billing_seal;
DROP FUNCTION billing_seals_added();
"""

PERIODS = """
CREATE FUNCTION billing_periodlock_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_through date;
BEGIN
    PERFORM 1 FROM billing_book WHERE id = NEW.book_id FOR UPDATE;
    SELECT through INTO now_through FROM billing_periodlock WHERE book_id = NEW.book_id AND level = NEW.level
        ORDER BY id DESC LIMIT 1;
    IF NEW.level = 'HARD' AND now_through IS NOT NULL AND (NEW.through IS NULL OR NEW.through < now_through)
       AND NOT EXISTS (SELECT 1 FROM billing_periodunlock WHERE id = NEW.unlock_id AND stage = 'DONE'
                       AND book_id = NEW.book_id AND through IS NOT DISTINCT FROM NEW.through) THEN
        RAISE EXCEPTION 'two people open what is locked' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_periodlock_added BEFORE INSERT ON billing_periodlock
    FOR EACH ROW EXECUTE FUNCTION billing_periodlock_added();
CREATE TRIGGER billing_periodunlock_decided BEFORE UPDATE ON billing_periodunlock FOR EACH ROW
    WHEN (OLD.stage <> 'OPEN' OR (OLD.book_id, OLD.through, OLD.reason, OLD.maker, OLD.made_at)
          IS DISTINCT FROM (NEW.book_id, NEW.through, NEW.reason, NEW.maker, NEW.made_at))
    EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_periodunlock_stays BEFORE DELETE ON billing_periodunlock
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
PERIODS_BACK = """
DROP TRIGGER billing_periodunlock_stays ON billing_periodunlock;
DROP TRIGGER billing_periodunlock_decided ON billing_periodunlock;
DROP TRIGGER billing_periodlock_added ON billing_periodlock;
DROP FUNCTION billing_periodlock_added();
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0008_ledger")]

    operations = [
        migrations.RunSQL(REFUSE, REFUSE_BACK),
        migrations.RunSQL(JOURNALS, JOURNALS_BACK),
        migrations.RunSQL(LINES, LINES_BACK),
        migrations.RunSQL(FLOORS, FLOORS_BACK),
        migrations.RunSQL(BOOKS, BOOKS_BACK),
        migrations.RunSQL(SEALS, SEALS_BACK),
        migrations.RunSQL(PERIODS, PERIODS_BACK),
    ]
