-- holds: admin 0001_initial
-- holds: admin 0002_logentry_remove_auto_add
-- holds: admin 0003_logentry_add_action_flag_choices
-- holds: auth 0001_initial
-- holds: auth 0002_alter_permission_name_max_length
-- holds: auth 0003_alter_user_email_max_length
-- holds: auth 0004_alter_user_username_opts
-- holds: auth 0005_alter_user_last_login_null
-- holds: auth 0006_require_contenttypes_0002
-- holds: auth 0007_alter_validators_add_error_messages
-- holds: auth 0008_alter_user_username_max_length
-- holds: auth 0009_alter_user_last_name_max_length
-- holds: auth 0010_alter_group_name_max_length
-- holds: auth 0011_update_proxy_permissions
-- holds: auth 0012_alter_user_first_name_max_length
-- holds: billing 0001_initial
-- holds: billing 0002_immutable_and_balanced
-- holds: billing 0003_checkpoints
-- holds: billing 0004_decisions_append_only
-- holds: billing 0005_inspections
-- holds: billing 0006_counting
-- holds: billing 0007_plans_and_superseded
-- holds: billing 0008_ledger
-- holds: billing 0009_ledger_guards
-- holds: billing 0011_notes
-- holds: billing 0012_notes_hold
-- holds: billing 0013_facts
-- holds: billing 0015_tax_invoices
-- holds: billing 0016_looks
-- holds: billing 0017_invoice_runs
-- holds: billing 0018_run_guards
-- holds: billing 0019_red_letters
-- holds: billing 0021_standing_checks
-- holds: billing 0023_loans
-- holds: billing 0024_tapes
-- holds: billing 0025_provisional
-- holds: billing 0026_provisional_guards
-- holds: billing 0027_funds
-- holds: billing 0028_fund_guards
-- holds: billing 0030_late_interest
-- holds: billing 0031_dunning
-- holds: billing 0032_budgets
-- holds: billing 0033_vat_of_invoices
-- holds: billing 0034_deposits_in_books
-- holds: billing 0035_slot_invoices
-- holds: billing 0036_slot_guards
-- holds: billing 0037_synthetic
-- holds: billing 0038_lineage
-- holds: billing 0039_subsidies
-- holds: billing 0040_subsidy_guards
-- holds: billing 0041_unrated
-- holds: billing 0042_subsidy_answers
-- holds: billing 0043_overdue_tellings
-- holds: billing 0044_indicators
-- holds: billing 0045_lines_of_parties
-- holds: billing 0046_mediations
-- holds: billing 0047_booked_as_contracted
-- holds: contenttypes 0001_initial
-- holds: contenttypes 0002_remove_content_type_name
-- holds: devices 0001_initial
-- holds: devices 0002_blocks_and_bindings
-- holds: devices 0003_one_statement
-- holds: devices 0004_binding_public_id
-- holds: devices 0005_evidence_log
-- holds: devices 0006_readings_for_people
-- holds: devices 0007_device_life
-- holds: devices 0008_paced_take
-- holds: devices 0009_meter_changes
-- holds: devices 0010_archives
-- holds: devices 0011_take_many
-- holds: devices 0012_exact_numbers_for_people
-- holds: devices 0013_erasures
-- holds: devices 0014_limits_of_channels
-- holds: leasing 0001_initial
-- holds: leasing 0002_numbers_history_and_terms
-- holds: leasing 0003_offers
-- holds: leasing 0004_subleases
-- holds: leasing 0005_three_axes
-- holds: leasing 0006_units_follow_claims
-- holds: leasing 0007_reassign
-- holds: leasing 0008_tickets
-- holds: leasing 0009_annexes
-- holds: leasing 0010_suspensions
-- holds: leasing 0011_condition_records
-- holds: leasing 0012_deposits
-- holds: leasing 0013_order_book
-- holds: leasing 0014_plan_acceptances
-- holds: leasing 0015_slots
-- holds: leasing 0016_contracts
-- holds: leasing 0017_steps_say_how_they_came
-- holds: leasing 0018_returns_and_settlements
-- holds: leasing 0019_overdue
-- holds: leasing 0020_calendar_feeds
-- holds: leasing 0021_service_orders
-- holds: leasing 0022_back_with_a_record
-- holds: leasing 0023_finance_leases
-- holds: leasing 0024_damage_claims
-- holds: leasing 0025_settlements
-- holds: leasing 0026_closing
-- holds: leasing 0027_ticket_photos
-- holds: leasing 0028_maintenance
-- holds: leasing 0029_health_warnings
-- holds: leasing 0030_planned_annexes
-- holds: leasing 0031_annex_approvals
-- holds: leasing 0032_trends_of_gauges
-- holds: leasing 0033_insurance
-- holds: leasing 0034_nothing_after_the_settlement
-- holds: leasing 0035_awaited_since_returns
-- holds: leasing 0036_expired_registrations
-- holds: leasing 0037_idle_lessors
-- holds: leasing 0038_closed_tickets_and_unready_machines
-- holds: leasing 0039_ready_in_time
-- holds: leasing 0040_referrals
-- holds: leasing 0041_slot_waivers
-- holds: leasing 0042_reprice
-- holds: leasing 0043_ratings
-- holds: leasing 0044_agreed_by_the_verified
-- holds: leasing 0045_commission
-- holds: marketplace 0001_initial
-- holds: marketplace 0002_exclusion_and_history
-- holds: marketplace 0003_scope_telemetry_write
-- holds: marketplace 0004_data_grants
-- holds: marketplace 0005_listing_data_terms
-- holds: marketplace 0006_claim_holds
-- holds: marketplace 0007_financial_organizations
-- holds: marketplace 0008_notifications
-- holds: marketplace 0009_movable_claims
-- holds: marketplace 0010_claim_times
-- holds: marketplace 0011_ticket_notifications
-- holds: marketplace 0012_lease_notifications
-- holds: marketplace 0013_services
-- holds: marketplace 0014_messages
-- holds: marketplace 0015_slots
-- holds: marketplace 0016_contracts_are_told
-- holds: marketplace 0017_kinds_of_leasing
-- holds: marketplace 0018_kinds_are_a_rule
-- holds: marketplace 0019_claims_have_versions
-- holds: marketplace 0020_equipment_records
-- holds: marketplace 0021_encumbrance_searches
-- holds: marketplace 0022_batch_numbers
-- holds: marketplace 0023_saved_filters
-- holds: marketplace 0024_vat_statements
-- holds: marketplace 0025_synthetic
-- holds: marketplace 0026_events
-- holds: marketplace 0027_search
-- holds: marketplace 0028_taken_times
-- holds: marketplace 0029_saved_searches
-- holds: marketplace 0030_chains_and_needs
-- holds: marketplace 0032_imports
-- holds: marketplace 0033_listing_quality
-- holds: marketplace 0035_joining
-- holds: marketplace 0036_codes_of_the_verified
-- holds: marketplace 0037_needs_reopen
-- holds: marketplace 0039_keys_limits_and_requests
-- holds: marketplace 0041_moved_clock
-- holds: marketplace 0042_second_life_documents_and_reports
-- holds: marketplace 0043_governing
-- holds: marketplace 0044_scope_of_exports_and_closed_codes
-- holds: marketplace 0048_offers_by_age
-- holds: marketplace 0049_dictionary_versions
-- holds: marketplace 0050_announcements
-- holds: marketplace 0051_dictionaries_of_an_import
-- holds: ownership 0001_initial
-- holds: ownership 0002_one_lessee_and_history
-- holds: ownership 0003_sealed_reads
-- holds: ownership 0004_agreements_and_notices
-- holds: ownership 0005_grants
-- holds: ownership 0006_data_assets
-- holds: ownership 0007_duties
-- holds: ownership 0008_registrations
-- holds: ownership 0009_sharing
-- holds: ownership 0010_data_products
-- holds: ownership 0011_subleases
-- holds: ownership 0012_logged_persons
-- holds: ownership 0013_payments_and_returns
-- holds: payments 0001_payments
-- holds: payments 0002_guards
-- holds: payments 0003_order_guards
-- holds: payments 0010_statements
-- holds: payments 0020_allocation_guards
-- holds: payments 0030_stripe
-- holds: payments 0031_kept
-- holds: payments 0080_bills
-- holds: payments 0081_bill_guards
-- holds: payments 0090_take_backs
-- holds: payments 0091_dispute_losses
-- holds: payments 0092_taken_back
-- holds: payments 0093_rebookings
-- holds: payments 0094_rebooking_guards
-- holds: payments 0095_allocations_together
-- holds: payments 0096_guards_closed
-- holds: payments 0097_classifications
-- holds: payments 0098_classification_guards
-- holds: payments 0099_rebooked_bills
-- holds: sessions 0001_initial
SELECT set_config('search_path', '', true), set_config('check_function_bodies', 'off', true);





CREATE FUNCTION public.billing_account_floor() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO billing_accountbalance (account_id, balance_minor) VALUES (NEW.id, 0);
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_balance_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a balance changes by the lines of journals alone' USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.billing_checkfinding_solved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_checkfinding := NEW;
BEGIN
    same.solved_at := OLD.solved_at;
    same.solved_in_id := OLD.solved_in_id;
    IF OLD.solved_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_checkfinding: a finding is solved once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_correction_decided() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.outcome <> 'WAITING' OR NEW.outcome NOT IN ('NOTED', 'SUPERSEDED')
        OR (OLD.public_id, OLD.lease_id, OLD.booking_id, OLD.period_start, OLD.event_limit, OLD.arrivals, OLD.digest,
            OLD.reasons, OLD.recorded, OLD.made_at)
           IS DISTINCT FROM (NEW.public_id, NEW.lease_id, NEW.booking_id, NEW.period_start, NEW.event_limit, NEW.arrivals,
            NEW.digest, NEW.reasons, NEW.recorded, NEW.made_at) THEN
        RAISE EXCEPTION 'billing_correction: only one that waits is decided, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_correction_has_notes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    drafts bigint;
    issued bigint;
    now_is text;
BEGIN
    SELECT outcome INTO now_is FROM billing_correction WHERE id = NEW.id;
    SELECT count(*) FILTER (WHERE status = 'DRAFT'), count(*) FILTER (WHERE status = 'ISSUED')
        INTO drafts, issued FROM billing_invoice WHERE correction_id = NEW.id;
    IF (issued > 0) <> (now_is = 'NOTED') OR (drafts > 0) <> (now_is = 'WAITING') THEN
        RAISE EXCEPTION 'billing_correction: its notes do not fit its outcome' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_dunninghold_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_dunninghold := NEW;
BEGIN
    same.ended_at := OLD.ended_at;
    same.ended_by_id := OLD.ended_by_id;
    IF OLD.ended_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_dunninghold: a hold is ended once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_dunningitem_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_dunningletter l JOIN billing_invoice i ON i.id = NEW.invoice_id
        WHERE l.id = NEW.letter_id AND i.status = 'ISSUED' AND NEW.level <= l.level
            AND (i.seller_id, i.buyer_id, i.currency) = (l.seller_id, l.buyer_id, l.currency)
    ) THEN
        RAISE EXCEPTION 'a letter reminds its buyer of issued invoices of its seller'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_face_sums(face jsonb) RETURNS TABLE(rate numeric, net bigint, tax bigint)
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT (item->>'rate')::numeric, (item->>'net_minor')::bigint, (item->>'tax_minor')::bigint
    FROM jsonb_array_elements(face->'items') item
$$;



CREATE FUNCTION public.billing_fact_of_line() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoiceline line JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.id = NEW.line_id AND line.kind = NEW.kind AND line.tax_category = NEW.tax_category
          AND invoice.version = NEW.version
    ) THEN
        RAISE EXCEPTION 'billing_invoicelinefact: kind, tax category and version are those of the line'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_fundclaim_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.status <> 'CLAIMED' OR NEW.amount_minor <> 0 OR NOT EXISTS (
        SELECT 1 FROM billing_fundcontribution given JOIN billing_invoice i ON i.id = given.invoice_id
        WHERE i.id = NEW.invoice_id AND i.seller_id = NEW.owner_id AND i.buyer_id = NEW.lessee_id
            AND i.kind = 'INVOICE' AND given.fund_id = NEW.fund_id AND given.rules_id = NEW.rules_id
    ) THEN
        RAISE EXCEPTION 'an owner claims for an invoice that contributed, by its rules'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_fundclaim_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_fundclaim := NEW;
    free bigint;
BEGIN
    same.status := OLD.status;
    IF OLD.status IN ('CLAIMED', 'REVIEWED') THEN
        same.waterfall := OLD.waterfall;
        same.loss_minor := OLD.loss_minor;
        same.amount_minor := OLD.amount_minor;
        same.reviewed_by := OLD.reviewed_by;
        same.approved_by := OLD.approved_by;
        same.approved_on := OLD.approved_on;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status IN ('CLAIMED', 'REVIEWED') AND NEW.status IN ('REVIEWED', 'REJECTED', 'WITHDRAWN')
        OR OLD.status = 'REVIEWED' AND NEW.status = 'APPROVED'
        OR OLD.status = 'APPROVED' AND NEW.status = 'PAID'
        OR OLD.status = 'PAID' AND NEW.status = 'SETTLED'
    ) OR (NEW.status IN ('APPROVED', 'PAID', 'SETTLED')) <> (NEW.approved_by <> '') THEN
        RAISE EXCEPTION 'claim % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'APPROVED' THEN
        PERFORM 1 FROM billing_fund WHERE id = NEW.fund_id FOR NO KEY UPDATE;
        SELECT coalesce(sum(CASE a.code WHEN '1002.09' THEN b.balance_minor ELSE -b.balance_minor END), 0)
            INTO free FROM billing_fund f JOIN billing_account a ON a.book_id = f.book_id
            JOIN billing_accountbalance b ON b.account_id = a.id
            WHERE f.id = NEW.fund_id AND a.code IN ('1002.09', '2241.01');
        SELECT free - coalesce(sum(amount_minor), 0) INTO free FROM billing_fundclaim
            WHERE fund_id = NEW.fund_id AND status = 'APPROVED' AND id <> NEW.id;
        SELECT free - floor_minor INTO free FROM billing_fundrules WHERE id = NEW.rules_id;
        IF NEW.amount_minor > free THEN
            RAISE EXCEPTION 'claim %: the fund has % left and not %', OLD.public_id, free, NEW.amount_minor
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_fundmembership_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_fundmembership := NEW;
BEGIN
    same.left_at := OLD.left_at;
    IF OLD.left_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_fundmembership: it ends once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_fundtransfer_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_fundtransfer := NEW;
    moved bigint;
BEGIN
    same.stage := OLD.stage;
    same.fund_minor := OLD.fund_minor;
    same.checker := OLD.checker;
    same.checker_name := OLD.checker_name;
    same.checked_at := OLD.checked_at;
    same.reason := OLD.reason;
    IF OLD.stage <> 'PROPOSED' OR NEW.stage NOT IN ('CONFIRMED', 'DROPPED') OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'payment % is decided once', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.stage = 'DROPPED' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM billing_fund WHERE id = NEW.fund_id FOR NO KEY UPDATE;
    SELECT NEW.amount_minor + coalesce(sum(amount_minor), 0) INTO moved FROM billing_fundtransfer
        WHERE fund_id = NEW.fund_id AND kind = NEW.kind AND stage = 'CONFIRMED'
            AND claim_id IS NOT DISTINCT FROM NEW.claim_id;
    IF (CASE NEW.kind
        WHEN 'CONTRIBUTION' THEN moved > (
            SELECT coalesce(sum(owner_minor + platform_minor), 0) FROM billing_fundcontribution
            WHERE fund_id = NEW.fund_id)
        WHEN 'RECOVERY' THEN moved > (SELECT loss_minor FROM billing_fundclaim WHERE id = NEW.claim_id)
        WHEN 'OWNER_SHARE' THEN moved > (
            SELECT coalesce(sum(amount_minor - fund_minor), 0) FROM billing_fundtransfer
            WHERE claim_id = NEW.claim_id AND kind = 'RECOVERY' AND stage = 'CONFIRMED')
        ELSE moved <> (SELECT amount_minor FROM billing_fundclaim WHERE id = NEW.claim_id)
    END) THEN
        RAISE EXCEPTION 'payment %: more than is owed', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_interest_is_claimed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM billing_interestclaim WHERE document_id = NEW.id) THEN
        RAISE EXCEPTION 'a document of interest has its claim' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_interestclaim_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    origin billing_invoice;
    paper billing_invoice;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
    SELECT * INTO paper FROM billing_invoice WHERE id = NEW.document_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED' OR paper.kind <> 'INTEREST'
        OR paper.status <> 'ISSUED'
        OR (origin.lease_id, origin.booking_id, origin.seller_id, origin.buyer_id, origin.currency)
           IS DISTINCT FROM (paper.lease_id, paper.booking_id, paper.seller_id, paper.buyer_id, paper.currency)
        OR (SELECT seller_id FROM billing_lateterms WHERE id = NEW.terms_id) <> origin.seller_id THEN
        RAISE EXCEPTION 'interest is claimed of an issued invoice, by its seller, under its terms'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_interestclaim WHERE invoice_id = NEW.invoice_id AND through > NEW.through
    ) OR (
        SELECT sum(d.gross_minor) FROM billing_interestclaim c JOIN billing_invoice d ON d.id = c.document_id
        WHERE c.invoice_id = NEW.invoice_id
    ) <> greatest(0, NEW.total_minor - NEW.waived_minor) THEN
        RAISE EXCEPTION 'the documents of interest add up to the running total less what was waived'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_interestwaiver_granted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_interestwaiver := NEW;
BEGIN
    same.state := OLD.state;
    same.granted_by_id := OLD.granted_by_id;
    same.granted_at := OLD.granted_at;
    IF OLD.state <> 'WAITING' OR same IS DISTINCT FROM OLD OR NEW.granted_by_id = OLD.made_by_id THEN
        RAISE EXCEPTION 'billing_interestwaiver: one that waits is granted once, by another person'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_invoice_adds_up() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    of_invoice bigint;
    same boolean;
BEGIN
    IF TG_TABLE_NAME = 'billing_invoice' THEN
        of_invoice := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        of_invoice := OLD.invoice_id;
    ELSE
        of_invoice := NEW.invoice_id;
    END IF;
    SELECT (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) = (
            SELECT coalesce(sum(net_minor), 0)::bigint, coalesce(sum(tax_minor), 0)::bigint,
                   coalesce(sum(gross_minor), 0)::bigint
            FROM billing_invoiceline WHERE invoice_id = invoice.id)
        INTO same FROM billing_invoice invoice WHERE invoice.id = of_invoice;
    IF same IS FALSE THEN
        RAISE EXCEPTION 'the lines of invoice % do not add up to its totals', of_invoice
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_invoice_of_slot() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    booking leasing_slotbooking;
BEGIN
    SELECT * INTO booking FROM leasing_slotbooking WHERE id = NEW.booking_id;
    IF (NEW.buyer_id, NEW.period_start, NEW.period_end, NEW.currency)
        <> (booking.lessee_id, booking.starts_at, booking.ends_at, booking.currency) THEN
        RAISE EXCEPTION 'the invoice of a slot is for its lessee and its time' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_invoicerun_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (OLD.public_id, OLD.organization_id, OLD.cut_off, OLD.only, OLD.jump_percent, OLD.maker_id, OLD.made_at)
       IS DISTINCT FROM
       (NEW.public_id, NEW.organization_id, NEW.cut_off, NEW.only, NEW.jump_percent, NEW.maker_id, NEW.made_at)
       OR OLD.approver_id IS NOT NULL AND
       (OLD.approver_id, OLD.approved_at, OLD.approved_alone, OLD.approved_digest)
       IS DISTINCT FROM (NEW.approver_id, NEW.approved_at, NEW.approved_alone, NEW.approved_digest)
       OR OLD.state NOT IN ('PREVIEWING', 'PREVIEWED') AND OLD.digest <> NEW.digest THEN
        RAISE EXCEPTION 'billing_invoicerun: what a run is, and what was approved of it, stays'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('PREVIEWING', 'PREVIEWED'), ('PREVIEWING', 'CANCELLED'),
        ('PREVIEWED', 'APPROVED'), ('PREVIEWED', 'CANCELLED'),
        ('APPROVED', 'RUNNING'), ('APPROVED', 'CANCELLED'),
        ('RUNNING', 'FINISHED'), ('RUNNING', 'WITH_FAILURES')) THEN
        RAISE EXCEPTION 'billing_invoicerun: a run goes one way' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_invoices_of_one_world() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh f LEFT JOIN leasing_lease l ON l.id = f.lease_id
        LEFT JOIN leasing_slotbooking k ON k.id = f.booking_id
        JOIN marketplace_organization s ON s.id = f.seller_id
        JOIN marketplace_organization b ON b.id = f.buyer_id
        JOIN marketplace_organization o ON o.id = coalesce(l.lessor_id, k.lessor_id)
        WHERE s.is_synthetic <> b.is_synthetic OR s.is_synthetic <> o.is_synthetic
    ) THEN
        RAISE EXCEPTION 'billing_invoice: a synthetic organization does no business with a real one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_journal_made_in() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.made_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_journal_whole() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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



CREATE FUNCTION public.billing_journals_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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



CREATE FUNCTION public.billing_lease_of_one_world() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF billing_mixed(NEW.lessor_id, NEW.lessee_id) THEN
        RAISE EXCEPTION 'leasing_lease: a synthetic organization does no business with a real one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_line_of_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_invoice WHERE id IN (OLD.invoice_id, NEW.invoice_id) AND status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;



CREATE FUNCTION public.billing_line_without_usage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_invoicelineusage WHERE line_id = OLD.id)
       AND NOT EXISTS (SELECT 1 FROM billing_invoiceline WHERE id = OLD.id) THEN
        RAISE EXCEPTION 'billing_invoiceline: a line goes with what it was counted from'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_linedispute_decided() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    line billing_invoiceline;
    state text;
BEGIN
    SELECT * INTO line FROM billing_invoiceline WHERE id = NEW.line_id;
    SELECT status INTO state FROM billing_invoice WHERE id = line.invoice_id;
    IF state <> 'ISSUED' OR NEW.conceded_minor > line.net_minor THEN
        RAISE EXCEPTION 'billing_linedispute: an issued line is disputed, and at most its net conceded'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.outcome <> 'OPEN'
        OR (OLD.public_id, OLD.line_id, OLD.reason, OLD.raised_by_id, OLD.raised_at, OLD.answer_by)
           IS DISTINCT FROM (NEW.public_id, NEW.line_id, NEW.reason, NEW.raised_by_id, NEW.raised_at,
            NEW.answer_by)) THEN
        RAISE EXCEPTION 'billing_linedispute: a decision is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_linedispute_is_not_settled() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_linemediation m JOIN billing_linedispute d ON d.id = m.dispute_id
        WHERE d.line_id = NEW.line_id AND m.state = 'AGREED'
    ) THEN
        RAISE EXCEPTION 'billing_linedispute: what both accepted before the platform is not disputed again'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_linedispute_leaves_no_case() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_linemediation m JOIN billing_linedispute d ON d.id = m.dispute_id
        WHERE d.id = NEW.id AND d.outcome <> 'OPEN' AND m.state IN ('ASKED', 'PROPOSED')
    ) THEN
        RAISE EXCEPTION 'billing_linedispute: its case before the platform ends with it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_linemediation_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    dispute billing_linedispute;
    same billing_linemediation := NEW;
    net bigint;
BEGIN
    SELECT * INTO dispute FROM billing_linedispute WHERE id = NEW.dispute_id FOR NO KEY UPDATE;
    SELECT net_minor INTO net FROM billing_invoiceline WHERE id = dispute.line_id;
    IF NEW.amount_minor > net THEN
        RAISE EXCEPTION 'billing_linemediation: at most the net of its line is proposed'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ASKED' OR dispute.outcome <> 'OPEN' THEN
            RAISE EXCEPTION 'billing_linemediation: the platform is asked about an open dispute'
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM billing_linemediation m JOIN billing_linedispute d ON d.id = m.dispute_id
            WHERE d.line_id = dispute.line_id
        ) THEN
            RAISE EXCEPTION 'billing_linemediation: the platform is asked once about a line'
                USING ERRCODE = 'unique_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'ASKED' AND NEW.state = 'PROPOSED' THEN
        same.due_at := OLD.due_at;
        same.amount_minor := OLD.amount_minor;
        same.proposal := OLD.proposal;
        same.proposed_at := OLD.proposed_at;
    ELSIF OLD.state = 'PROPOSED' AND NEW.state IN ('PROPOSED', 'AGREED') THEN
        same.buyer_accepted_at := coalesce(OLD.buyer_accepted_at, NEW.buyer_accepted_at);
        same.seller_accepted_at := coalesce(OLD.seller_accepted_at, NEW.seller_accepted_at);
        IF same.buyer_accepted_at IS DISTINCT FROM NEW.buyer_accepted_at
            OR same.seller_accepted_at IS DISTINCT FROM NEW.seller_accepted_at THEN
            RAISE EXCEPTION 'billing_linemediation: nobody takes an acceptance back'
                USING ERRCODE = 'restrict_violation';
        END IF;
        same.buyer_accepted_at := OLD.buyer_accepted_at;
        same.seller_accepted_at := OLD.seller_accepted_at;
    END IF;
    same.state := OLD.state;
    same.closed_at := OLD.closed_at;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.state = 'ASKED' AND NEW.state IN ('PROPOSED', 'WITHDRAWN', 'LAPSED', 'ENDED')
        OR OLD.state = 'PROPOSED' AND NEW.state IN ('PROPOSED', 'AGREED', 'REFUSED', 'LAPSED', 'ENDED')
    ) THEN
        RAISE EXCEPTION 'billing_linemediation: % does not become %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'AGREED' AND (dispute.outcome NOT IN ('CONCEDED', 'REJECTED')
        OR dispute.conceded_minor <> NEW.amount_minor) THEN
        RAISE EXCEPTION 'billing_linemediation: what both accept closes the dispute with that amount'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_lines_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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



CREATE FUNCTION public.billing_lines_of_drafts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_invoice WHERE id IN (SELECT invoice_id FROM added) AND status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_lines_of_one_world() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh f JOIN billing_journal j ON j.id = f.journal_id
        JOIN billing_book k ON k.id = j.book_id JOIN marketplace_organization o ON o.id = k.organization_id
        LEFT JOIN billing_invoice i ON i.id = f.invoice_id
        LEFT JOIN marketplace_organization s ON s.id = i.seller_id
        LEFT JOIN marketplace_organization p ON p.id = f.party_id
        WHERE s.is_synthetic <> o.is_synthetic OR p.is_synthetic <> o.is_synthetic
    ) THEN
        RAISE EXCEPTION 'billing_journalline: what is synthetic stands in a synthetic book, and nothing else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_loan_adds_up() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    found bigint := CASE TG_TABLE_NAME WHEN 'billing_loanoffer' THEN (to_jsonb(NEW)->>'id')::bigint
        ELSE (to_jsonb(NEW)->>'offer_id')::bigint END;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_loanoffer WHERE id = found
            AND amount_minor = (SELECT sum(principal_minor) FROM billing_loaninstalment WHERE offer_id = found)
            AND months = (SELECT count(*) FROM billing_loaninstalment WHERE offer_id = found)
    ) THEN
        RAISE EXCEPTION 'the instalments of loan offer % do not add up to its amount', found
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_loanapplication_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.status <> 'APPLIED' OR NOT EXISTS (
        SELECT 1 FROM billing_loanproduct product, leasing_lease lease
        WHERE product.id = NEW.product_id AND product.lender_id = NEW.lender_id
            AND product.currency = NEW.currency AND lease.id = NEW.lease_id AND lease.lessee_id = NEW.lessee_id
    ) THEN
        RAISE EXCEPTION 'a loan is applied for by the lessee of its lease, with the lender of its product'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_loanapplication_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_loanapplication := NEW;
BEGIN
    same.status := OLD.status;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status = NEW.status AND OLD.status IN ('OFFERED', 'PAID_OUT')
        OR OLD.status IN ('APPLIED', 'OFFERED', 'ACCEPTED') AND NEW.status IN ('OFFERED', 'DECLINED', 'WITHDRAWN')
        OR OLD.status = 'OFFERED' AND NEW.status = 'ACCEPTED'
        OR OLD.status = 'ACCEPTED' AND NEW.status = 'PAID_OUT'
        OR OLD.status = 'PAID_OUT' AND NEW.status IN ('REPAID', 'SETTLED')
        OR OLD.status IN ('REPAID', 'SETTLED') AND NEW.status = 'PAID_OUT'
    ) THEN
        RAISE EXCEPTION 'loan % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_loanoffer_open() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_loanapplication WHERE id = NEW.application_id
            AND status IN ('APPLIED', 'OFFERED', 'ACCEPTED') AND currency = NEW.currency
    ) THEN
        RAISE EXCEPTION 'offers are made while the application is open' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_loanpayment_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    owed bigint := (
        SELECT sum(principal_minor + interest_minor) FROM billing_loaninstalment WHERE offer_id = (
            SELECT id FROM billing_loanoffer WHERE application_id = NEW.application_id
            ORDER BY number DESC LIMIT 1
        )
    );
    paid bigint := (
        SELECT coalesce(sum(amount_minor), 0) FROM billing_loanpayment one
        WHERE application_id = NEW.application_id AND kind = 'INSTALMENT'
            AND NOT EXISTS (SELECT 1 FROM billing_loanpayment WHERE takes_back_id = one.id)
    );
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_loanapplication WHERE id = NEW.application_id
            AND (status = 'PAID_OUT' OR NEW.kind = 'TAKEN_BACK' AND status IN ('REPAID', 'SETTLED'))
    ) OR NEW.position <> (
        SELECT coalesce(max(position), 0) + 1 FROM billing_loanpayment WHERE application_id = NEW.application_id
    ) OR NEW.kind = 'INSTALMENT' AND paid + NEW.amount_minor > owed
    OR NEW.kind = 'TAKEN_BACK' AND NOT EXISTS (
        SELECT 1 FROM billing_loanpayment one WHERE one.id = NEW.takes_back_id AND one.kind <> 'TAKEN_BACK'
            AND one.application_id = NEW.application_id AND one.amount_minor = NEW.amount_minor
    ) THEN
        RAISE EXCEPTION 'payment % of loan % does not fit what is owed', NEW.position, NEW.application_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_loanproduct_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_loanproduct := NEW;
BEGIN
    same.withdrawn_at := OLD.withdrawn_at;
    IF OLD.withdrawn_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_loanproduct: a product can be withdrawn once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_mixed(a bigint, b bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT count(DISTINCT is_synthetic) > 1 FROM marketplace_organization WHERE id IN (a, b)
$$;



CREATE FUNCTION public.billing_no_synthetic_tax_invoice() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT s.is_synthetic FROM billing_invoice i JOIN marketplace_organization s ON s.id = i.seller_id
        WHERE i.id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'billing_taxinvoice: nobody asks the tax bureau for the paper of a synthetic invoice'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_note_of_invoice() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    origin billing_invoice;
    finding billing_correction;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
    SELECT * INTO finding FROM billing_correction WHERE id = NEW.correction_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED'
        OR (origin.lease_id, origin.booking_id, origin.period_start, origin.seller_id, origin.buyer_id,
            origin.currency)
           IS DISTINCT FROM (NEW.lease_id, NEW.booking_id, NEW.period_start, NEW.seller_id, NEW.buyer_id,
            NEW.currency)
        OR (finding.lease_id, finding.booking_id, finding.period_start)
           IS DISTINCT FROM (NEW.lease_id, NEW.booking_id, NEW.period_start) THEN
        RAISE EXCEPTION 'a note corrects an issued invoice of the same lease or booking, period and seller'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE (lease_id = NEW.lease_id OR booking_id = NEW.booking_id)
            AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND version = NEW.version - 1 AND status = 'ISSUED' AND kind <> 'INTEREST'
    ) THEN
        RAISE EXCEPTION 'a note follows an issued version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND finding.outcome <> 'NOTED' THEN
        RAISE EXCEPTION 'a note whose correction waits is not issued' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND NEW.gross_minor + (
        SELECT coalesce(sum(gross_minor), 0) FROM billing_invoice
        WHERE (lease_id = NEW.lease_id OR booking_id = NEW.booking_id)
            AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND status = 'ISSUED' AND kind <> 'INTEREST' AND id <> NEW.id
    ) < 0 THEN
        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_objection_before_issue() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.outcome <> 'OPEN' OR EXISTS (
        SELECT 1 FROM billing_invoice WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start
            AND seller_id = NEW.seller_id AND status = 'ISSUED' AND kind <> 'INTEREST'
    ) THEN
        RAISE EXCEPTION 'billing_billobjection: what is issued is disputed, not objected to'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_objection_closed_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.outcome <> 'OPEN'
        OR (OLD.public_id, OLD.lease_id, OLD.period_start, OLD.period_end, OLD.seller_id, OLD.component,
            OLD.organization_id, OLD.reason, OLD.text, OLD.currency, OLD.net_minor, OLD.raised_by_id,
            OLD.raised_at)
           IS DISTINCT FROM (NEW.public_id, NEW.lease_id, NEW.period_start, NEW.period_end, NEW.seller_id,
            NEW.component, NEW.organization_id, NEW.reason, NEW.text, NEW.currency, NEW.net_minor,
            NEW.raised_by_id, NEW.raised_at) THEN
        RAISE EXCEPTION 'billing_billobjection: it is closed once, and what was said stays'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_periodlock_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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



CREATE FUNCTION public.billing_purge_superseded(before timestamp with time zone, after bigint, most integer, OUT looked_at bigint, OUT gone bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    SELECT max(id) INTO looked_at
        FROM (SELECT id FROM billing_windowset WHERE id > after ORDER BY id LIMIT most) part;
    WITH due AS (
        SELECT s.id, s.device_id FROM billing_windowset s
        WHERE s.id > after AND s.id <= looked_at AND s.created_at < before AND EXISTS (
            SELECT 1 FROM billing_windowset newer
            WHERE newer.device_id = s.device_id AND newer.unit_id = s.unit_id AND newer.meter = s.meter
              AND newer.local_day = s.local_day AND newer.version > s.version AND newer.created_at < before
        ) AND billing_windowset_may_go(s)
    ), windows AS (
        DELETE FROM billing_usagewindow w USING due WHERE w.device_id = due.device_id AND w.set_id = due.id
    ), sets AS (
        DELETE FROM billing_windowset s USING due WHERE s.id = due.id RETURNING 1
    ) SELECT count(*) INTO gone FROM sets;
END $$;



CREATE FUNCTION public.billing_redletter_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    note billing_invoice;
    blue billing_taxinvoice;
    origin billing_invoice;
    stand text[] := ARRAY['AWAITING', 'CONFIRMED', 'ISSUED'];
BEGIN
    -- whoever else takes back from the same blue e-invoice waits here
    SELECT * INTO blue FROM billing_taxinvoice WHERE id = NEW.blue_id FOR NO KEY UPDATE;
    SELECT * INTO note FROM billing_invoice WHERE id = NEW.note_id;
    SELECT * INTO origin FROM billing_invoice WHERE id = blue.invoice_id;
    IF NEW.state <> (CASE WHEN NEW.lapses_at IS NULL THEN 'CONFIRMED' ELSE 'AWAITING' END)
        OR note.kind = 'INVOICE' OR note.status <> 'ISSUED' OR blue.withdrawn_at IS NOT NULL
        OR blue.red_letter_id IS NOT NULL OR blue.through >= note.version
        OR NEW.applicant_id NOT IN (note.seller_id, note.buyer_id)
        OR (origin.lease_id, origin.booking_id, origin.period_start, origin.seller_id)
           IS DISTINCT FROM (note.lease_id, note.booking_id, note.period_start, note.seller_id)
        OR (SELECT (sum(net), sum(tax)) <> (NEW.net_minor, NEW.tax_minor) FROM billing_face_sums(NEW.face)) THEN
        RAISE EXCEPTION 'a red letter is of an issued note, over an earlier e-invoice of the same period'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT rate FROM (
            SELECT * FROM billing_face_sums(blue.face)
            UNION ALL SELECT sums.* FROM billing_redletter other, billing_face_sums(other.face) sums
                WHERE other.blue_id = blue.id AND other.state = ANY (stand)
            UNION ALL SELECT * FROM billing_face_sums(NEW.face)
        ) known GROUP BY rate HAVING sum(net) < 0 OR sum(tax) < 0
    ) OR EXISTS (
        SELECT rate FROM (
            SELECT tax_rate AS rate, net_minor AS net, tax_minor AS tax FROM billing_invoiceline
                WHERE invoice_id = note.id
            UNION ALL SELECT sums.rate, -sums.net, -sums.tax
                FROM billing_redletter other, billing_face_sums(other.face) sums
                WHERE other.note_id = note.id AND other.state = ANY (stand)
            UNION ALL SELECT sums.rate, -sums.net, -sums.tax FROM billing_face_sums(NEW.face) sums
        ) known WHERE rate IN (SELECT sums.rate FROM billing_face_sums(NEW.face) sums)
        GROUP BY rate HAVING sum(net) > 0
    ) THEN
        RAISE EXCEPTION 'red letters take back at most what the blue e-invoice and the note have at a rate'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_redletter_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_redletter := NEW;
    is_issued boolean;
BEGIN
    same.state := OLD.state;
    SELECT count(*) > 0 INTO is_issued FROM billing_taxinvoice
        WHERE red_letter_id = NEW.id AND withdrawn_at IS NULL;
    IF same IS DISTINCT FROM OLD OR is_issued <> (NEW.state = 'ISSUED')
        OR OLD.state || '>' || NEW.state NOT IN (
            'AWAITING>CONFIRMED', 'AWAITING>REFUSED', 'AWAITING>REVOKED', 'AWAITING>LAPSED',
            'CONFIRMED>REVOKED', 'CONFIRMED>ISSUED', 'ISSUED>CONFIRMED'
        ) THEN
        RAISE EXCEPTION 'billing_redletter: from % to % is no move, and nothing else changes',
            OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_redletter_told() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT state FROM billing_redletter WHERE id = NEW.id) IS DISTINCT FROM (
        SELECT state FROM billing_redlettermove WHERE letter_id = NEW.id ORDER BY id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'a red letter stands where its last move left it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.billing_refuse_mixed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '%: a synthetic organization does no business with a real one', TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END $$;



CREATE FUNCTION public.billing_runitem_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    now_is text;
    same billing_runitem := NEW;
BEGIN
    SELECT state INTO now_is FROM billing_invoicerun WHERE id = NEW.run_id;
    IF TG_OP = 'INSERT' THEN
        IF now_is <> 'PREVIEWING' THEN
            RAISE EXCEPTION 'billing_runitem: a preview is made once' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    same.state := OLD.state;
    same.reason := OLD.reason;
    same.left_out_by_id := OLD.left_out_by_id;
    same.settled_at := OLD.settled_at;
    same.problem_code := OLD.problem_code;
    same.problem_text := OLD.problem_text;
    same.problem_facts := OLD.problem_facts;
    same.problem_pointer := OLD.problem_pointer;
    IF same IS DISTINCT FROM OLD OR NOT (
        now_is = 'PREVIEWED' AND (OLD.state, NEW.state) IN (('READY', 'LEFT_OUT'), ('LEFT_OUT', 'READY'))
        OR now_is = 'RUNNING' AND OLD.state = 'READY'
            AND NEW.state IN ('BILLED', 'ALREADY', 'CHANGED', 'FAILED', 'BLOCKED')) THEN
        RAISE EXCEPTION 'billing_runitem: left out before approval, billed after it, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_runpart_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    of_item billing_runitem;
    now_is text;
    same billing_runpart := NEW;
BEGIN
    SELECT * INTO of_item FROM billing_runitem WHERE id = NEW.item_id;
    SELECT state INTO now_is FROM billing_invoicerun WHERE id = of_item.run_id;
    IF TG_OP = 'INSERT' THEN
        IF now_is <> 'PREVIEWING' OR NEW.invoice_id IS NOT NULL THEN
            RAISE EXCEPTION 'billing_runpart: a preview is made once, and bills nothing'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    same.invoice_id := OLD.invoice_id;
    IF same IS DISTINCT FROM OLD OR OLD.invoice_id IS NOT NULL OR now_is <> 'RUNNING' THEN
        RAISE EXCEPTION 'billing_runpart: a preview stays, and gets its invoice once, in its run'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND kind = 'INVOICE' AND status = 'ISSUED'
            AND (lease_id, booking_id) IS NOT DISTINCT FROM (of_item.lease_id, of_item.booking_id)
            AND (period_start, period_end, seller_id, digest, gross_minor)
              = (of_item.period_start, of_item.period_end, NEW.seller_id, NEW.digest, NEW.gross_minor)
    ) THEN
        RAISE EXCEPTION 'billing_runpart: what is issued is what was approved'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_seals_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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



CREATE FUNCTION public.billing_subsidy_borne(bigint) RETURNS bigint
    LANGUAGE sql STABLE
    AS $_$
    SELECT (SELECT coalesce(sum(amount_minor), 0) FROM billing_subsidygrant WHERE programme_id = $1)
         - (SELECT coalesce(sum(i.amount_minor - i.confirmed_minor), 0) FROM billing_subsidyitem i
            JOIN billing_subsidygrant g ON g.id = i.grant_id
            WHERE g.programme_id = $1 AND i.confirmed_minor IS NOT NULL)
$_$;



CREATE FUNCTION public.billing_subsidyadmission_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_subsidyadmission := NEW;
BEGIN
    same.ended_on := OLD.ended_on;
    IF OLD.ended_on IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_subsidyadmission: it ends once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidybudget_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id FOR NO KEY UPDATE;
    IF NEW.budget_minor < billing_subsidy_borne(NEW.programme_id) THEN
        RAISE EXCEPTION 'programme %: more is granted than the budget', NEW.programme_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidygrant_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    cap bigint;
    used bigint;
    borne bigint;
BEGIN
    PERFORM 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice i JOIN billing_subsidyrules r ON r.id = NEW.rules_id
        WHERE i.id = NEW.invoice_id AND i.status = 'ISSUED' AND i.buyer_id = NEW.lessee_id
            AND coalesce(i.corrects_id, i.id) = NEW.first_id AND r.programme_id = NEW.programme_id
    ) THEN
        RAISE EXCEPTION 'a grant is for an issued invoice of its lessee' USING ERRCODE = 'check_violation';
    END IF;
    SELECT NEW.amount_minor + coalesce(sum(g.amount_minor - coalesce(i.amount_minor - i.confirmed_minor, 0)), 0)
        INTO borne FROM billing_subsidygrant g
        LEFT JOIN billing_subsidyitem i ON i.grant_id = g.id AND i.stands
        WHERE g.first_id = NEW.first_id;
    IF borne < 0 OR borne > NEW.wanted_minor THEN
        RAISE EXCEPTION 'invoice %: % is not between 0 and %', NEW.first_id, borne, NEW.wanted_minor
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.amount_minor <= 0 THEN
        RETURN NEW;
    END IF;
    SELECT lessee_cap_minor INTO cap FROM billing_subsidyrules WHERE id = NEW.rules_id;
    SELECT NEW.amount_minor + coalesce(sum(g.amount_minor - coalesce(i.amount_minor - i.confirmed_minor, 0)), 0)
        INTO used FROM billing_subsidygrant g
        LEFT JOIN billing_subsidyitem i ON i.grant_id = g.id AND i.stands
        WHERE g.programme_id = NEW.programme_id AND g.lessee_id = NEW.lessee_id AND g.year = NEW.year;
    IF used > cap THEN
        RAISE EXCEPTION 'lessee %: % is beyond the cap %', NEW.lessee_id, used, cap
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.amount_minor + billing_subsidy_borne(NEW.programme_id) > (
        SELECT budget_minor FROM billing_subsidybudget WHERE programme_id = NEW.programme_id
        ORDER BY number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'programme %: beyond its budget', NEW.programme_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidygrant_follows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.first_id
            AND extract(year FROM issued_at AT TIME ZONE 'Asia/Shanghai') = NEW.year
    ) THEN
        RAISE EXCEPTION 'a grant uses the cap of the year of issue' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.first_id <> NEW.invoice_id AND NOT EXISTS (
        SELECT 1 FROM billing_subsidygrant
        WHERE invoice_id = NEW.first_id AND programme_id = NEW.programme_id AND rules_id = NEW.rules_id
    ) THEN
        RAISE EXCEPTION 'a note is borne by the programme of its invoice, by the same terms'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_subsidyitem i JOIN billing_subsidygrant g ON g.id = i.grant_id
        WHERE g.first_id = NEW.first_id AND i.stands AND i.confirmed_minor IS NULL
    ) THEN
        RAISE EXCEPTION 'invoice %: the authority has still to answer', NEW.first_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidyitem_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    state text;
    same billing_subsidyitem;
BEGIN
    SELECT status INTO state FROM billing_subsidysettlement WHERE id = NEW.settlement_id;
    IF TG_OP = 'INSERT' THEN
        IF state <> 'DRAFTED' OR NEW.confirmed_minor IS NOT NULL OR NOT NEW.stands OR NOT EXISTS (
            SELECT 1 FROM billing_subsidygrant g JOIN billing_subsidysettlement s ON s.id = NEW.settlement_id
            WHERE g.id = NEW.grant_id AND g.amount_minor = NEW.amount_minor
                AND g.programme_id = s.programme_id
        ) THEN
            RAISE EXCEPTION 'an item is a grant as it was made' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    same := NEW;
    same.confirmed_minor := OLD.confirmed_minor;
    same.reason := OLD.reason;
    same.stands := OLD.stands;
    IF same IS DISTINCT FROM OLD OR OLD.confirmed_minor IS NOT NULL OR NOT OLD.stands
        OR (NEW.confirmed_minor IS NOT NULL AND state <> 'SUBMITTED')
        OR (NOT NEW.stands AND (state <> 'DROPPED' OR NEW.confirmed_minor IS NOT NULL)) THEN
        RAISE EXCEPTION 'item % is answered once', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidysettlement_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.status <> 'DRAFTED' OR NEW.month <> date_trunc('month', NEW.month)::date
        OR NEW.confirmed_minor IS NOT NULL OR NEW.paid_on IS NOT NULL
        OR (NEW.answer, NEW.bank_reference) <> ('', '')
        OR (NEW.submitted_by, NEW.confirmed_by, NEW.paid_by, NEW.handed_by) <> ('', '', '', '') THEN
        RAISE EXCEPTION 'a settlement begins as a draft of a month' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidysettlement_hands_on() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.status = 'HANDED_ON' AND NOT EXISTS (
        SELECT 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id AND mode = 'CLAIM'
    ) THEN
        RAISE EXCEPTION 'settlement %: only what was claimed is passed on', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_subsidysettlement_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_subsidysettlement := NEW;
    asked bigint;
    answered bigint;
    waiting bigint;
BEGIN
    same.status := OLD.status;
    IF NEW.status = 'SUBMITTED' THEN
        same.submitted_by := OLD.submitted_by;
    ELSIF NEW.status = 'CONFIRMED' THEN
        same.confirmed_by := OLD.confirmed_by;
        same.confirmed_minor := OLD.confirmed_minor;
        same.answer := OLD.answer;
    ELSIF NEW.status = 'PAID' THEN
        same.paid_by := OLD.paid_by;
        same.paid_on := OLD.paid_on;
        same.bank_reference := OLD.bank_reference;
    ELSIF NEW.status = 'HANDED_ON' THEN
        same.handed_by := OLD.handed_by;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status = 'DRAFTED' AND NEW.status IN ('SUBMITTED', 'DROPPED')
        OR OLD.status = 'SUBMITTED' AND NEW.status IN ('CONFIRMED', 'DROPPED')
        OR OLD.status = 'CONFIRMED' AND NEW.status = 'PAID'
        OR OLD.status = 'PAID' AND NEW.status = 'HANDED_ON'
    ) OR (NEW.status <> 'DROPPED' AND (NEW.submitted_by = '') <> (NEW.status IN ('DRAFTED', 'DROPPED')))
      OR (NEW.confirmed_by = '') <> (NEW.status IN ('DRAFTED', 'DROPPED', 'SUBMITTED'))
      OR (NEW.paid_by = '') <> (NEW.status NOT IN ('PAID', 'HANDED_ON'))
      OR (NEW.handed_by = '') <> (NEW.status <> 'HANDED_ON') THEN
        RAISE EXCEPTION 'settlement % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT coalesce(sum(amount_minor), 0), coalesce(sum(confirmed_minor), 0),
           count(*) FILTER (WHERE confirmed_minor IS NULL)
        INTO asked, answered, waiting FROM billing_subsidyitem WHERE settlement_id = NEW.id;
    IF (NEW.status = 'SUBMITTED' AND asked <> NEW.total_minor)
        OR (NEW.status = 'CONFIRMED' AND (waiting <> 0 OR answered IS DISTINCT FROM NEW.confirmed_minor)) THEN
        RAISE EXCEPTION 'settlement %: its items do not add up', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_syntheticcontract_holds() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_syntheticcontract := NEW;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        same.sent_to := OLD.sent_to;
        same.stopped_at := OLD.stopped_at;
        IF same IS DISTINCT FROM OLD OR NEW.sent_to < OLD.sent_to THEN
            RAISE EXCEPTION 'billing_syntheticcontract: it goes on and stops, and nothing else changes'
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF NOT EXISTS (
        SELECT 1 FROM leasing_lease l JOIN marketplace_organization o ON o.id = l.lessor_id
        JOIN devices_device d ON d.owner_id = o.id
        WHERE l.id = NEW.lease_id AND d.id = NEW.device_id AND o.is_synthetic
    ) THEN
        RAISE EXCEPTION 'billing_syntheticcontract: its lessor is synthetic, and owns the device'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_taxinvoice_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    about billing_invoice;
    net bigint;
    tax bigint;
    is_in_order boolean;
BEGIN
    SELECT * INTO about FROM billing_invoice WHERE id = NEW.invoice_id;
    IF NEW.red_letter_id IS NOT NULL THEN
        SELECT net_minor, tax_minor INTO net, tax FROM billing_redletter
            WHERE id = NEW.red_letter_id AND note_id = NEW.invoice_id AND state = 'CONFIRMED';
    ELSIF about.kind = 'INVOICE' THEN
        SELECT sum(net_minor), sum(tax_minor) INTO net, tax FROM billing_invoice
            WHERE (lease_id, booking_id, period_start, seller_id)
                    IS NOT DISTINCT FROM (about.lease_id, about.booking_id, about.period_start, about.seller_id)
                AND kind <> 'INTEREST' AND version <= NEW.through AND status = 'ISSUED';
    ELSE
        SELECT sum(rates.net), sum(rates.tax) INTO net, tax FROM (
            SELECT sum(net_minor) AS net, sum(tax_minor) AS tax FROM billing_invoiceline
            WHERE invoice_id = about.id GROUP BY tax_rate
        ) rates WHERE rates.net > 0 OR rates.net = 0 AND rates.tax > 0;
    END IF;
    IF about.kind = 'INVOICE' THEN
        is_in_order := EXISTS (
            SELECT 1 FROM billing_invoice WHERE (id = about.id OR corrects_id = about.id)
                AND version = NEW.through AND status = 'ISSUED'
        ) AND NOT EXISTS (
            SELECT 1 FROM billing_invoice note JOIN billing_taxinvoice own ON own.invoice_id = note.id
            WHERE note.corrects_id = about.id AND note.version <= NEW.through AND own.withdrawn_at IS NULL
        );
    ELSIF about.kind = 'INTEREST' THEN
        is_in_order := NEW.through = 1 AND about.gross_minor > 0;
    ELSE
        is_in_order := NEW.through = about.version AND EXISTS (
            SELECT 1 FROM billing_taxinvoice WHERE invoice_id = about.corrects_id AND withdrawn_at IS NULL
                AND through < about.version
        );
    END IF;
    IF about.status <> 'ISSUED' OR about.currency <> 'CNY' OR about.seller_id <> NEW.organization_id
        OR (net, tax) IS DISTINCT FROM (NEW.net_minor, NEW.tax_minor) OR NOT is_in_order THEN
        RAISE EXCEPTION 'an official e-invoice says what the issued invoice of its seller says'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_taxinvoice_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same billing_taxinvoice := NEW;
BEGIN
    same.withdrawn_at := OLD.withdrawn_at;
    same.withdrawn_by := OLD.withdrawn_by;
    same.withdrawn_why := OLD.withdrawn_why;
    IF OLD.withdrawn_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_taxinvoice: a record can be taken back once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_redletter WHERE blue_id = NEW.id AND state IN ('AWAITING', 'CONFIRMED', 'ISSUED')
    ) THEN
        RAISE EXCEPTION 'billing_taxinvoice: a red letter stands over this record'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.billing_taxinvoice_of_letter() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT state = 'ISSUED' FROM billing_redletter WHERE id = NEW.red_letter_id) <> EXISTS (
        SELECT 1 FROM billing_taxinvoice WHERE red_letter_id = NEW.red_letter_id AND withdrawn_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a red letter is issued while its red e-invoice stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_terms_as_contracted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_leasecommission c JOIN billing_bookingterms t ON t.lease_id = c.lease_id
        WHERE c.lease_id = NEW.lease_id AND c.rate <> t.commission_rate)
    THEN
        RAISE EXCEPTION 'lease % is booked with the commission that its contract took', NEW.lease_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_terms_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_invoice WHERE lease_id = OLD.lease_id AND status = 'ISSUED') THEN
        RAISE EXCEPTION 'how a lease is booked never changes after its first invoice'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;



CREATE FUNCTION public.billing_usage_of_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_invoiceline line JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.id IN (OLD.line_id, NEW.line_id) AND invoice.status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the usage of an issued invoice never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;



CREATE FUNCTION public.billing_usage_of_drafts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('billing_invoicelineusage'));
    PERFORM 1 FROM billing_invoiceline WHERE id IN (SELECT line_id FROM added) FOR KEY SHARE;
    IF EXISTS (
        SELECT 1 FROM added a WHERE NOT EXISTS (SELECT 1 FROM billing_windowset s WHERE s.id = a.window_set_id)
    ) OR EXISTS (
        SELECT 1 FROM added a WHERE NOT EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.id = a.line_id)
    ) THEN
        RAISE EXCEPTION 'billing_invoicelineusage: a line was counted from window sets that are there'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT line_id FROM added) a
        JOIN billing_invoiceline line ON line.id = a.line_id
        JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE invoice.status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the usage of an issued invoice never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_usagewindow_goes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_windowset WHERE id = OLD.set_id) THEN
        RAISE EXCEPTION 'billing_usagewindow: windows go with their set' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.billing_windowset_goes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('billing_invoicelineusage'));
    IF NOT billing_windowset_may_go(OLD) THEN
        RAISE EXCEPTION 'billing_windowset: this version is the newest, or something stands on it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;





CREATE TABLE public.billing_windowset (
    id bigint NOT NULL,
    meter character varying(12) NOT NULL,
    local_day date NOT NULL,
    version integer NOT NULL,
    quantity numeric(40,18) NOT NULL,
    held numeric(40,18) NOT NULL,
    arrival_hi bigint NOT NULL,
    rule_version smallint NOT NULL,
    digest character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT billing_windowset_not_negative CHECK (((held >= (0)::numeric) AND (quantity >= (0)::numeric))),
    CONSTRAINT billing_windowset_rule_version_check CHECK ((rule_version >= 0)),
    CONSTRAINT billing_windowset_version_check CHECK ((version >= 0))
);



CREATE FUNCTION public.billing_windowset_may_go(one public.billing_windowset) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce((
        SELECT NOT EXISTS (
            SELECT 1 FROM billing_invoice i JOIN leasing_leaseunit u ON u.lease_id = i.lease_id
            WHERE u.id = one.unit_id AND i.drafted_at < newer.created_at
              AND i.period_start < (one.local_day + 2)::timestamp AT TIME ZONE 'UTC'
              AND i.period_end > (one.local_day - 1)::timestamp AT TIME ZONE 'UTC')
        FROM billing_windowset newer
        WHERE newer.device_id = one.device_id AND newer.unit_id = one.unit_id AND newer.meter = one.meter
          AND newer.local_day = one.local_day AND newer.version > one.version
        ORDER BY newer.version LIMIT 1), false)
    AND NOT EXISTS (SELECT 1 FROM billing_invoicelineusage WHERE window_set_id = one.id)
    AND NOT EXISTS (SELECT 1 FROM billing_reviewitem WHERE opened_with_id = one.id)
    AND NOT EXISTS (
        SELECT 1 FROM billing_reviewitem r JOIN billing_usagewindow w ON w.set_id = one.id AND w.reason <> 0
        WHERE r.device_id = one.device_id AND r.unit_id = one.unit_id AND r.meter = one.meter
          AND r.local_day = one.local_day AND r.opened_with_id IS NULL)
$$;



CREATE FUNCTION public.devices_archive_alone(of_device bigint) RETURNS boolean
    LANGUAGE sql
    AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('devices_archive', of_device));
$$;



CREATE FUNCTION public.devices_archive_readings(held bytea, of_device bigint) RETURNS TABLE(place bigint, sequence bigint, at bigint, channel integer, value text)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    byte integer := 1; many bigint; places bigint[];
BEGIN
    held := held || ''::bytea;  -- unpacked once, not at each byte
    IF get_byte(held, 0) <> 1 THEN
        RAISE EXCEPTION 'not an archive of version 1';
    END IF;
    SELECT v.place, v.number INTO byte, many FROM devices_varint(held, byte) AS v;
    SELECT w.place, w.numbers INTO byte, places FROM devices_walk(held, byte, many::integer) AS w;
    RETURN QUERY SELECT places[n.row], n.sequence, n.at, n.channel, n.value FROM (
        SELECT r.*, row_number() OVER (ORDER BY r.sequence) AS row
        FROM devices_block_readings(substr(held, byte + 1), of_device) AS r
    ) AS n;
END $$;



CREATE FUNCTION public.devices_archive_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
            NEW.device_id, NEW.first, NEW.last, NEW.received_lo, NEW.received_hi, NEW.sequence_lo, NEW.sequence_hi,
            NEW.at_lo, NEW.at_hi, NEW.epoch_number, NEW.count, NEW.leaf
        ) IS NOT DISTINCT FROM (
            OLD.device_id, OLD.first, OLD.last, OLD.received_lo, OLD.received_hi, OLD.sequence_lo, OLD.sequence_hi,
            OLD.at_lo, OLD.at_hi, OLD.epoch_number, OLD.count, OLD.leaf
        )
        AND (NEW.evidence = OLD.evidence OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'EVIDENCE'))
        AND (NEW.ordinary = OLD.ordinary OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'ORDINARY'))
        AND (NEW.private = OLD.private OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'PRIVATE'))
        AND (NEW.facts = OLD.facts
            OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'EVIDENCE')
            OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'ORDINARY')
            OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'PRIVATE'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.devices_block_goes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND devices_is_archived(OLD.device_id, OLD.arrival) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND (
            NEW.device_id, NEW.arrival, NEW.received_at, NEW.epoch_number, NEW.sequence_lo, NEW.sequence_hi,
            NEW.count, NEW.at_lo, NEW.at_hi, NEW.leaf
        ) IS NOT DISTINCT FROM (
            OLD.device_id, OLD.arrival, OLD.received_at, OLD.epoch_number, OLD.sequence_lo, OLD.sequence_hi,
            OLD.count, OLD.at_lo, OLD.at_hi, OLD.leaf
        )
        AND ((NEW.evidence, NEW.life) = (OLD.evidence, OLD.life)
            OR devices_is_erased(OLD.device_id, OLD.arrival, OLD.arrival, 'EVIDENCE'))
        AND (NEW.ordinary = OLD.ordinary OR devices_is_erased(OLD.device_id, OLD.arrival, OLD.arrival, 'ORDINARY'))
        AND (NEW.private = OLD.private OR devices_is_erased(OLD.device_id, OLD.arrival, OLD.arrival, 'PRIVATE'))
        AND (NEW.evidence, NEW.life, NEW.ordinary, NEW.private)
            IS DISTINCT FROM (OLD.evidence, OLD.life, OLD.ordinary, OLD.private)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.devices_block_readings(block bytea, of_device bigint) RETURNS TABLE(sequence bigint, at bigint, channel integer, value text)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    place integer := 1; rows bigint; many bigint; number bigint; unit integer; taken integer[];
    channels bigint[] := '{}'; sequences bigint[]; times bigint[]; places bigint[]; told text[];
    units bigint[] := '{1000000,1000,10,1}';
BEGIN
    IF get_byte(block, 0) <> 1 THEN
        RAISE EXCEPTION 'not a block of version 1';
    END IF;
    SELECT v.place, v.number INTO place, rows FROM devices_varint(block, place) AS v;
    SELECT v.place, v.number INTO place, many FROM devices_varint(block, place) AS v;
    FOR one IN 1 .. many LOOP
        SELECT v.place, v.number INTO place, number FROM devices_varint(block, place) AS v;
        channels[one] := number + coalesce(channels[one - 1], 0);
    END LOOP;
    IF rows = 0 THEN
        RETURN;
    END IF;
    SELECT w.place, w.numbers INTO place, sequences FROM devices_walk(block, place, rows::integer) AS w;
    unit := get_byte(block, place);
    SELECT w.place, w.numbers INTO place, times FROM devices_walk(block, place + 1, rows::integer) AS w;
    SELECT c.place, c.numbers INTO place, places FROM devices_column(block, place, rows::integer) AS c;
    FOR one IN 1 .. many LOOP
        SELECT array_agg(p.row ORDER BY p.row) INTO taken
            FROM unnest(places) WITH ORDINALITY AS p (which, row) WHERE p.which = one - 1;
        SELECT v.place, v.told INTO place, told
            FROM devices_values(block, place, coalesce(array_length(taken, 1), 0), of_device) AS v;
        FOR row IN 1 .. coalesce(array_length(taken, 1), 0) LOOP
            sequence := sequences[taken[row]];
            at := times[taken[row]] * units[unit + 1];
            channel := channels[one];
            value := told[row];
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;



CREATE FUNCTION public.devices_column(block bytea, INOUT place integer, length integer, OUT numbers bigint[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE
    AS $$
DECLARE
    bytes integer; number bigint;
BEGIN
    numbers := '{}';
    IF length > 0 THEN
        bytes := 1 << get_byte(block, place);
        place := place + 1;
        FOR row IN 0 .. length - 1 LOOP
            number := 0;
            FOR byte IN 0 .. bytes - 1 LOOP
                number := number | (get_byte(block, place + row * bytes + byte)::bigint << (8 * byte));
            END LOOP;
            numbers[row + 1] := number;
        END LOOP;
        place := place + length * bytes;
    END IF;
END $$;



CREATE FUNCTION public.devices_drop_empty_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $_$
DECLARE
    name text; taken boolean; dropped integer := 0;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'devices_block'::regclass AND c.relname ~ '^devices_block_[0-9]{6}$'
            AND (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC'
                <= now() - interval '1 day'
        ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO taken;
        CONTINUE WHEN taken;
        BEGIN
            LOCK TABLE ONLY devices_block IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO taken;
            IF NOT taken THEN
                EXECUTE format('DROP TABLE %I', name);
                dropped := dropped + 1;
            END IF;
        EXCEPTION WHEN lock_not_available THEN
            RETURN dropped;
        END;
    END LOOP;
    RETURN dropped;
END $_$;



CREATE FUNCTION public.devices_erase(by_order bigint, of_row bigint, archived boolean, from_arrival bigint, to_arrival bigint, many_deliveries integer, many_readings bigint, digests bytea, at timestamp with time zone, evidence_column bytea, ordinary_column bytea, private_column bytea, life_column bytea, salt_column bytea, facts_column bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    known devices_erasure%ROWTYPE; changed bigint;
BEGIN
    SELECT * INTO known FROM devices_erasure WHERE id = by_order AND done_at IS NULL;
    IF NOT FOUND OR many_deliveries < 1 OR octet_length(digests) < 32 * many_deliveries THEN
        RAISE EXCEPTION 'devices_erasure: nothing orders this, or nothing is written down of it'
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO devices_erasedrun (
        erasure_id, device_id, retention, first, last, deliveries, readings, groups, at
    ) VALUES (
        by_order, known.device_id, known.retention, from_arrival, to_arrival, many_deliveries, many_readings,
        digests, devices_erase.at
    );
    IF archived THEN
        UPDATE devices_archive SET evidence = evidence_column, ordinary = ordinary_column,
            private = private_column, facts = facts_column
        WHERE device_id = known.device_id AND first = of_row AND from_arrival >= first AND to_arrival <= last;
    ELSE
        UPDATE devices_block SET evidence = evidence_column, ordinary = ordinary_column,
            private = private_column, life = life_column, salt = salt_column, body_hash = ''::bytea
        WHERE device_id = known.device_id AND arrival = of_row AND from_arrival = of_row AND to_arrival = of_row;
    END IF;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION 'devices_erasure: the row % of device % is not there', of_row, known.device_id
            USING ERRCODE = 'check_violation';
    END IF;
END $$;



CREATE FUNCTION public.devices_erasure_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.done_at IS NULL AND (
            NEW.id, NEW.public_id, NEW.device_id, NEW.retention, NEW.channels, NEW.period, NEW.reference, NEW.ordered_at
        ) IS NOT DISTINCT FROM (
            OLD.id, OLD.public_id, OLD.device_id, OLD.retention, OLD.channels, OLD.period, OLD.reference, OLD.ordered_at
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% stays as it is: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.devices_fold_blocks(of_device bigint, from_arrival bigint, to_arrival bigint, readings bigint, evidence_column bytea, ordinary_column bytea, private_column bytea, facts_column bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    seen record; gone bigint; wrong text;
    present timestamptz := greatest(now(), (SELECT at FROM devices_loghead ORDER BY size DESC LIMIT 1));
BEGIN
    SELECT count(*) AS many, count(DISTINCT b.arrival) AS arrivals, sum(b.count) AS told,
        count(DISTINCT b.epoch_number) AS epochs, count(DISTINCT date_trunc('hour', b.received_at, 'UTC')) AS hours,
        date_trunc('hour', max(b.received_at), 'UTC') + interval '1 hour' AS over,
        count(*) FILTER (WHERE e.leaf = b.leaf) AS sealed
    INTO seen FROM devices_block AS b
    LEFT JOIN devices_logentry AS e ON e.device_id = b.device_id AND e.arrival = b.arrival
    WHERE b.device_id = of_device AND b.arrival BETWEEN from_arrival AND to_arrival;
    wrong := CASE
        WHEN from_arrival > to_arrival OR seen.many <> to_arrival - from_arrival + 1
            OR seen.arrivals <> seen.many THEN 'not all of them are there, once'
        WHEN seen.epochs <> 1 THEN 'they are not of one epoch'
        WHEN seen.hours <> 1 OR seen.over > present THEN 'they are not of one hour that is over'
        WHEN seen.told <> readings THEN 'there are ' || seen.told || ' readings, not ' || readings
        WHEN seen.sealed <> seen.many OR NOT EXISTS (
            SELECT FROM devices_logmark WHERE device_id = of_device AND arrival >= to_arrival
        ) THEN 'the log does not hold them all'
    END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'devices_archive: % of deliveries % to % of device %',
            wrong, from_arrival, to_arrival, of_device USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO devices_archive (
        device_id, first, last, received_lo, received_hi, epoch_number, sequence_lo, sequence_hi, count,
        at_lo, at_hi, evidence, ordinary, private, facts, leaf
    ) SELECT of_device, from_arrival, to_arrival, min(received_at), max(received_at), min(epoch_number),
        min(sequence_lo), max(sequence_hi), sum(count), min(at_lo), max(at_hi),
        evidence_column, ordinary_column, private_column, facts_column,
        (array_agg(leaf ORDER BY arrival DESC))[1]
    FROM devices_block WHERE device_id = of_device AND arrival BETWEEN from_arrival AND to_arrival;
    DELETE FROM devices_block WHERE device_id = of_device AND arrival BETWEEN from_arrival AND to_arrival;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> seen.many THEN
        RAISE EXCEPTION 'devices_archive: deliveries % to % of device % were moved meanwhile',
            from_arrival, to_arrival, of_device USING ERRCODE = 'check_violation';
    END IF;
END $$;



CREATE FUNCTION public.devices_fold_log(page bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    gone bigint;
BEGIN
    IF (SELECT count(*) <> 256 OR NOT bool_and(devices_is_archived(device_id, arrival))
        FROM devices_logentry WHERE position >= page AND position < page + 256) THEN
        RAISE EXCEPTION 'devices_logpage: not all deliveries from % on are in archives', page
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO devices_logpage (position, devices, arrivals, places, leaves)
    WITH entry AS (
        SELECT e.*, row_number() OVER (PARTITION BY e.device_id ORDER BY e.position) - 1 AS turn
        FROM devices_logentry AS e WHERE e.position >= page AND e.position < page + 256
    ), said AS (
        SELECT device_id, min(arrival) AS arrival, row_number() OVER (ORDER BY min(position)) - 1 AS place
        FROM entry GROUP BY device_id
    )
    SELECT page,
        (SELECT array_agg(device_id ORDER BY place) FROM said), (SELECT array_agg(arrival ORDER BY place) FROM said),
        string_agg(substr(int4send(said.place::integer), 4, 1), ''::bytea ORDER BY entry.position),
        string_agg(entry.leaf, ''::bytea ORDER BY entry.position)
    FROM entry JOIN said USING (device_id) HAVING bool_and(entry.arrival = said.arrival + entry.turn);
    DELETE FROM devices_logentry WHERE position >= page AND position < page + 256;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> 256 THEN
        RAISE EXCEPTION 'devices_logpage: entries from % on were moved meanwhile', page
            USING ERRCODE = 'check_violation';
    END IF;
END $$;



CREATE FUNCTION public.devices_hear(of_device bigint, with_key bigint, known_revision bigint, at timestamp with time zone, cost bigint, most bigint, OUT outcome text, OUT arrival bigint, OUT paid timestamp with time zone) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    head devices_head%ROWTYPE;
BEGIN
    SELECT * INTO head FROM devices_head WHERE device_id = of_device FOR NO KEY UPDATE;
    paid := head.paid_until;
    IF with_key IS NOT NULL AND NOT EXISTS (
        SELECT FROM devices_devicekey AS k JOIN devices_device AS d ON d.id = k.device_id
        WHERE k.id = with_key AND k.device_id = of_device AND k.revoked_at IS NULL AND d.closed_at IS NULL
            AND (k.ends_at IS NULL OR k.ends_at > devices_hear.at)
    ) THEN
        outcome := 'key';
        RETURN;
    END IF;
    IF head.revision <> known_revision THEN
        outcome := 'stale';
        RETURN;
    END IF;
    IF cost IS NOT NULL THEN
        paid := greatest(head.paid_until, devices_hear.at) + cost * interval '1 microsecond';
        IF paid > devices_hear.at + most * interval '1 microsecond' THEN
            paid := head.paid_until;
            outcome := 'over';
            RETURN;
        END IF;
    END IF;
    UPDATE devices_head SET last_received_at = devices_hear.at, paid_until = paid WHERE device_id = of_device;
    outcome := 'again';
END $$;



CREATE FUNCTION public.devices_is_archived(of_device bigint, of_arrival bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce((
        SELECT a.last >= of_arrival FROM devices_archive AS a
        WHERE a.device_id = of_device AND a.first <= of_arrival ORDER BY a.first DESC LIMIT 1
    ), false)
$$;



CREATE FUNCTION public.devices_is_erased(of_device bigint, from_arrival bigint, to_arrival bigint, of_class text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM devices_erasedrun AS e WHERE e.device_id = of_device AND e.retention = of_class
            AND e.first >= from_arrival AND e.first <= to_arrival AND e.last <= to_arrival
    )
$$;



CREATE FUNCTION public.devices_log_foldable(start bigint, below bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT min(e.position) FROM devices_logentry AS e
    WHERE e.position >= start AND e.position < least(start - start % 25600 + 25600, below - below % 256)
    GROUP BY e.position / 256
    HAVING count(*) = 256 AND bool_and(devices_is_archived(e.device_id, e.arrival))
    ORDER BY 1
$$;



CREATE FUNCTION public.devices_logentry_continues() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    first bigint; last bigint; many bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO first, last, many FROM added;
    IF last - first + 1 <> many OR first < 0
       OR first > 0 AND NOT EXISTS (SELECT 1 FROM devices_logentry WHERE position = first - 1)
          AND NOT EXISTS (SELECT 1 FROM devices_logpage WHERE position = first - 256)
       OR EXISTS (SELECT 1 FROM devices_logpage WHERE position > first - 256) THEN
        RAISE EXCEPTION 'devices_logentry: the log has a hole' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a WHERE devices_is_archived(a.device_id, a.arrival)
            OR a.arrival <> 1 AND NOT EXISTS (
                SELECT 1 FROM devices_logentry e
                WHERE e.device_id = a.device_id AND e.arrival = a.arrival - 1 AND e.position < a.position
            ) AND NOT devices_is_archived(a.device_id, a.arrival - 1)
    ) THEN
        RAISE EXCEPTION 'devices_logentry: a delivery is left out' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.devices_logentry_goes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    place integer := OLD.position % 256;
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM devices_logpage AS p WHERE p.position = OLD.position - place
            AND p.devices[get_byte(p.places, place) + 1] = OLD.device_id
            AND substr(p.leaves, place * 32 + 1, 32) = OLD.leaf
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.devices_loghead_grows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('devices_log', 0));
    IF EXISTS (SELECT 1 FROM devices_loghead WHERE size >= NEW.size) THEN
        RAISE EXCEPTION 'devices_loghead: heads only grow' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT max(position) FROM devices_logentry) IS DISTINCT FROM NEW.size - 1 THEN
        RAISE EXCEPTION 'devices_loghead: a head covers the entries there are' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.devices_make_partition(month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    parent text; parted text; name text; taken boolean; made boolean := false;
BEGIN
    FOR parent, parted IN VALUES ('devices_block', 'received_at'), ('devices_archive', 'received_lo') LOOP
        name := parent || '_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %I < $2)',
            parent || '_rest', parted, parted) INTO taken USING first, after;
        CONTINUE WHEN taken;
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent, first, after);
        made := true;
    END LOOP;
    RETURN made;
END $_$;



CREATE FUNCTION public.devices_revise() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'devices_device' THEN
        UPDATE devices_head SET revision = nextval('devices_revision')
            WHERE device_id IN (SELECT id FROM changed);
    ELSE
        UPDATE devices_head SET revision = nextval('devices_revision')
            WHERE device_id IN (SELECT device_id FROM changed);
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.devices_seal_alone() RETURNS boolean
    LANGUAGE sql
    AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('devices_log', 0));
$$;



CREATE FUNCTION public.devices_take(of_device bigint, with_key bigint, known_revision bigint, public_id text, of_epoch text, at timestamp with time zone, first bigint, last bigint, readings integer, earliest bigint, latest bigint, evidence_block bytea, ordinary_block bytea, private_block bytea, life_trace bytea, body bytea, groups bytea, with_salt bytea, cost bigint, most bigint, OUT outcome text, OUT arrival bigint, OUT paid timestamp with time zone) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    head devices_head%ROWTYPE;
    epoch devices_epoch%ROWTYPE;
    latest_at timestamptz := timestamptz 'epoch' + latest * interval '1 microsecond';
    new_leaf bytea;
BEGIN
    SELECT * INTO head FROM devices_head WHERE device_id = of_device FOR NO KEY UPDATE;
    paid := head.paid_until;
    IF with_key IS NOT NULL AND NOT EXISTS (
        SELECT FROM devices_devicekey AS k JOIN devices_device AS d ON d.id = k.device_id
        WHERE k.id = with_key AND k.device_id = of_device AND k.revoked_at IS NULL AND d.closed_at IS NULL
            AND (k.ends_at IS NULL OR k.ends_at > devices_take.at)
    ) THEN
        outcome := 'key';
        RETURN;
    END IF;
    IF head.revision <> known_revision THEN
        outcome := 'stale';
        RETURN;
    END IF;
    IF cost IS NOT NULL THEN
        paid := greatest(head.paid_until, devices_take.at) + cost * interval '1 microsecond';
        IF paid > devices_take.at + most * interval '1 microsecond' THEN
            paid := head.paid_until;
            outcome := 'over';
            RETURN;
        END IF;
    END IF;
    SELECT * INTO epoch FROM devices_epoch AS e WHERE e.device_id = of_device AND e.label = of_epoch;
    IF NOT FOUND OR last - first + 1 <> readings THEN
        outcome := 'look';
        RETURN;
    END IF;
    IF epoch.covered @> int8range(first, last + 1) AND EXISTS (
        SELECT FROM devices_block AS b
        WHERE b.device_id = of_device AND b.epoch_number = epoch.number
            AND b.sequence_hi = last AND b.sequence_lo = first AND b.body_hash = body
    ) THEN
        UPDATE devices_head SET last_received_at = devices_take.at, paid_until = paid WHERE device_id = of_device;
        outcome := 'again';
        RETURN;
    END IF;
    IF upper(epoch.covered) IS DISTINCT FROM first THEN
        outcome := 'look';
        RETURN;
    END IF;
    arrival := head.arrivals + 1;
    new_leaf := sha256(
        convert_to('jijian-delivery-2' || E'\n' || public_id || E'\n' || arrival || E'\n', 'UTF8')
        || head.leaf || groups);
    INSERT INTO devices_block (
        device_id, arrival, received_at, epoch_number, sequence_lo, sequence_hi, count, at_lo, at_hi,
        evidence, ordinary, private, life, body_hash, leaf, salt
    ) VALUES (
        of_device, arrival, at, epoch.number, first, last, readings, earliest, latest,
        evidence_block, ordinary_block, private_block, life_trace, body, new_leaf, with_salt
    );
    UPDATE devices_epoch SET covered = covered + int8multirange(int8range(first, last + 1)) WHERE id = epoch.id;
    UPDATE devices_head SET arrivals = devices_take.arrival, leaf = new_leaf, last_received_at = devices_take.at,
        last_reading_at = greatest(last_reading_at, latest_at), paid_until = paid WHERE device_id = of_device;
    outcome := 'stored';
END $$;



CREATE FUNCTION public.devices_take_many(of_device bigint[], known_revision bigint[], public_id text[], of_epoch text[], at timestamp with time zone, first bigint[], last bigint[], readings integer[], earliest bigint[], latest bigint[], evidence_block bytea[], ordinary_block bytea[], private_block bytea[], life_trace bytea[], body bytea[], groups bytea[], with_salt bytea[], cost bigint[], most bigint) RETURNS TABLE(outcome text, arrival bigint, paid timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
DECLARE
    waiting bigint;
BEGIN
    FOR i IN 1 .. cardinality(of_device) LOOP
        IF of_device[i] = waiting THEN
            outcome := 'look';
            arrival := NULL;
        ELSE
            SELECT t.outcome, t.arrival, t.paid INTO outcome, arrival, paid FROM devices_take(
                of_device[i], NULL, known_revision[i], public_id[i], of_epoch[i], devices_take_many.at,
                first[i], last[i], readings[i], earliest[i], latest[i],
                evidence_block[i], ordinary_block[i], private_block[i], life_trace[i],
                body[i], groups[i], with_salt[i], cost[i], most
            ) AS t;
            IF outcome IN ('look', 'stale') THEN
                waiting := of_device[i];
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;



CREATE FUNCTION public.devices_unzigzag(number bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT ((number >> 1) & 9223372036854775807) # -(number & 1)
$$;



CREATE FUNCTION public.devices_values(block bytea, INOUT place integer, length integer, of_device bigint, OUT told text[]) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    tag integer := get_byte(block, place); kind integer := tag & 31; masked boolean := tag & 32 <> 0;
    scale integer; present boolean[]; numbers bigint[]; next integer := 0; known integer := 0;
BEGIN
    told := array_fill(NULL::text, ARRAY[length]);
    place := place + 1;
    IF kind = 1 THEN  -- numbers
        scale := get_byte(block, place);
        place := place + 1;
        FOR row IN 0 .. length - 1 LOOP
            present[row + 1] := NOT masked OR get_bit(block, (place + row / 8) * 8 + row % 8) = 1;
            known := known + present[row + 1]::integer;
        END LOOP;
        place := place + CASE WHEN masked THEN (length + 7) / 8 ELSE 0 END;
        SELECT w.place, w.numbers INTO place, numbers FROM devices_walk(block, place, known) AS w;
        FOR row IN 1 .. length LOOP
            IF present[row] THEN
                next := next + 1;
                told[row] := trim_scale((numbers[next]::text || 'e-' || scale)::numeric)::text;
            END IF;
        END LOOP;
    ELSIF kind = 2 THEN  -- states
        SELECT c.place, c.numbers INTO place, numbers FROM devices_column(block, place, length) AS c;
        FOR row IN 1 .. length LOOP
            told[row] := (
                SELECT s.word FROM devices_statecode AS s WHERE s.device_id = of_device AND s.code = numbers[row]
            );
        END LOOP;
    ELSIF kind IN (3, 4) THEN  -- texts, and numbers that fit no column
        SELECT c.place, c.numbers INTO place, numbers FROM devices_column(block, place, length) AS c;
        FOR row IN 1 .. length LOOP
            IF numbers[row] > 0 THEN
                told[row] := convert_from(substr(block, place + 1, numbers[row]::integer - 1), 'UTF8');
                IF kind = 4 THEN
                    told[row] := trim_scale(told[row]::numeric)::text;
                END IF;
                place := place + numbers[row]::integer - 1;
            END IF;
        END LOOP;
    ELSIF kind <> 0 THEN
        RAISE EXCEPTION 'column of unknown kind %', kind;
    END IF;
END $$;



CREATE FUNCTION public.devices_varint(block bytea, INOUT place integer, OUT number bigint) RETURNS record
    LANGUAGE plpgsql IMMUTABLE
    AS $$
DECLARE
    shift integer := 0; byte integer;
BEGIN
    number := 0;
    LOOP
        byte := get_byte(block, place);
        place := place + 1;
        number := number | ((byte & 127)::bigint << shift);
        EXIT WHEN byte < 128;
        shift := shift + 7;
    END LOOP;
END $$;



CREATE FUNCTION public.devices_walk(block bytea, INOUT place integer, length integer, OUT numbers bigint[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE
    AS $$
DECLARE
    number bigint; steps bigint[];
BEGIN
    numbers := '{}';
    IF length > 0 THEN
        SELECT v.place, devices_unzigzag(v.number) INTO place, number FROM devices_varint(block, place) AS v;
        SELECT c.place, c.numbers INTO place, steps FROM devices_column(block, place, length - 1) AS c;
        numbers[1] := number;
        FOR row IN 2 .. length LOOP
            numbers[row] := numbers[row - 1] + devices_unzigzag(steps[row - 1]);
        END LOOP;
    END IF;
END $$;



CREATE FUNCTION public.leasing_agreed_by_the_verified() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM marketplace_organization
        WHERE id IN (NEW.lessor_id, NEW.lessee_id) AND (awaits_verification OR closing_at IS NOT NULL))
    THEN
        RAISE EXCEPTION 'a side of lease % is not verified, or closes', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_annex_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what annex % says does not change, and what became of it stays', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_annexapproval_by_another() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM leasing_annex
        WHERE id = NEW.annex_id AND side = 'lessor' AND made_by = NEW.person
    ) THEN
        RAISE EXCEPTION 'whoever proposed a change does not approve it as well';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_back_with_a_record() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM leasing_conditionrecord
        WHERE unit_id = NEW.id AND kind = CASE NEW.state WHEN 'RETURNED' THEN 'RETURN' ELSE 'INSPECTION' END
    ) THEN
        RAISE EXCEPTION 'machine % is not % without a record', NEW.public_id, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.leasing_both_have_signed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT count(*) FROM leasing_signature s JOIN leasing_contract c ON c.id = s.contract_id
            WHERE c.lease_id = NEW.lease_id) < 2 THEN
        RAISE EXCEPTION 'the contract of lease % has not been signed by both sides', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_closes_when_nothing_is_held() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT (NEW.facts ? 'retain_until')
        OR EXISTS (SELECT FROM leasing_deposit WHERE lease_id = NEW.lease_id AND held_minor > 0)
    THEN
        RAISE EXCEPTION 'a deposit of lease % is still held, or nobody said until when its data are kept',
            NEW.lease_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_commissionproposal_decided() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            RAISE EXCEPTION 'a rate begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED' OR NEW.state = 'PROPOSED'
        OR (OLD.public_id, OLD.scope, OLD.rate, OLD.starts_on, OLD.reason, OLD.maker, OLD.maker_name, OLD.made_at)
            IS DISTINCT FROM
           (NEW.public_id, NEW.scope, NEW.rate, NEW.starts_on, NEW.reason, NEW.maker, NEW.maker_name, NEW.made_at)
        OR (OLD.category_id, OLD.owner_id) IS DISTINCT FROM (NEW.category_id, NEW.owner_id)
    THEN
        RAISE EXCEPTION 'proposal % is decided once, and stays as it was written', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_commissionrate_ends() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.ends_on IS NULL OR NEW.ends_on >= OLD.ends_on
        OR to_jsonb(OLD) - 'ends_on' <> to_jsonb(NEW) - 'ends_on'
        OR NOT EXISTS (SELECT FROM leasing_commissionproposal p WHERE p.state = 'APPROVED' AND p.scope = OLD.scope
            AND (p.category_id, p.owner_id) IS NOT DISTINCT FROM (OLD.category_id, OLD.owner_id)
            AND p.id <> OLD.proposal_id AND p.checked_at >= OLD.set_at
            AND NEW.ends_on = greatest(p.starts_on, OLD.starts_on)
            AND NEW.ends_on > (p.checked_at AT TIME ZONE 'Asia/Shanghai')::date)
        OR EXISTS (SELECT FROM leasing_leasecommission c WHERE c.source_id = OLD.id
            AND (c.contracted_at AT TIME ZONE 'Asia/Shanghai')::date >= NEW.ends_on)
    THEN
        RAISE EXCEPTION 'rate % only ends, as two people approved, after all contracts with it', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_commissionrate_set() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_commissionproposal p WHERE p.id = NEW.proposal_id AND p.state = 'APPROVED'
        AND (p.scope, p.rate, p.starts_on) = (NEW.scope, NEW.rate, NEW.starts_on)
        AND (p.category_id, p.owner_id) IS NOT DISTINCT FROM (NEW.category_id, NEW.owner_id))
    THEN
        RAISE EXCEPTION 'a rate is what two people approved' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends_on IS NOT NULL OR EXISTS (SELECT FROM leasing_leasecommission c
        WHERE (c.contracted_at AT TIME ZONE 'Asia/Shanghai')::date >= NEW.starts_on)
    THEN
        RAISE EXCEPTION 'contracts were concluded on the days of this rate' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_credits_before_the_settlement() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_lease WHERE id = NEW.lease_id AND status IN ('SETTLED', 'CLOSED')) THEN
        RAISE EXCEPTION 'lease % is settled, no credit arises any more', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_damage_is_claimed_in_time() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_leaseunit WHERE id = NEW.unit_id AND (inspect_by <= NEW.raised_at OR ready_by <= NEW.raised_at)) THEN
        RAISE EXCEPTION 'the machine of damage claim % was not inspected in time, or its time is over', NEW.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_damageclaim_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'damage claim % says and stands as it was agreed', NEW.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_damageclaim_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'damage claim % stays', OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_defaultnotice_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what notice % says does not change', OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_deposit_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the figures of deposit % change by movements alone', NEW.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_deposit_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE leasing_deposit SET
        held_minor = held_minor + CASE NEW.kind WHEN 'HOLD' THEN NEW.amount_minor ELSE -NEW.amount_minor END,
        released_minor = released_minor + CASE NEW.kind WHEN 'RELEASE' THEN NEW.amount_minor ELSE 0 END,
        set_off_minor = set_off_minor + CASE NEW.kind WHEN 'SET_OFF' THEN NEW.amount_minor ELSE 0 END
        WHERE id = NEW.deposit_id;
    RETURN NULL;
END $$;



CREATE FUNCTION public.leasing_finance_adds_up() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    found bigint := CASE TG_TABLE_NAME WHEN 'leasing_financelease' THEN (to_jsonb(NEW)->>'id')::bigint
        ELSE (to_jsonb(NEW)->>'finance_id')::bigint END;
BEGIN
    IF (SELECT principal_minor FROM leasing_financelease WHERE id = found) IS DISTINCT FROM
            (SELECT sum(principal_minor) FROM leasing_financeinstalment WHERE finance_id = found) THEN
        RAISE EXCEPTION 'the instalments of finance lease % do not add up to its principal', found
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.leasing_gives_back_as_settled() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_deposit d JOIN leasing_settlement s ON s.lease_id = d.lease_id
        WHERE d.id = NEW.deposit_id AND s.state IN ('AGREED', 'DECIDED')
            AND d.released_minor > d.amount_minor - s.set_off_minor)
    THEN
        RAISE EXCEPTION 'of deposit % no more is given back than was settled', NEW.deposit_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.leasing_insurance_is_of_its_place() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM leasing_insurancepolicy prior
            WHERE prior.id = NEW.replaces_id AND prior.id <> NEW.id AND prior.equipment_id = NEW.equipment_id
                AND prior.lease_id IS NOT DISTINCT FROM NEW.lease_id
                AND prior.organization_id = NEW.organization_id) THEN
        RAISE EXCEPTION 'a policy replaces one of the same machine, lease and organization'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lease_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM leasing_leaseunit unit JOIN leasing_lease lease ON lease.id = unit.lease_id
            WHERE unit.lease_id = NEW.lease_id AND unit.equipment_id = NEW.equipment_id
                AND NEW.organization_id IN (lease.lessor_id, lease.lessee_id)) THEN
        RAISE EXCEPTION 'a policy on a lease is of a machine of it, by one of its sides'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_leasecommission_in_force() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE day date := (NEW.contracted_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_commissionrate r JOIN leasing_lease l ON l.id = NEW.lease_id
        WHERE r.id = NEW.source_id AND r.rate = NEW.rate AND r.starts_on <= day
          AND (r.ends_on IS NULL OR day < r.ends_on) AND (r.owner_id IS NULL OR r.owner_id = l.lessor_id))
    THEN
        RAISE EXCEPTION 'lease % takes a rate that is in force for its lessor', NEW.lease_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_maintenance_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status IN ('DONE', 'WITHDRAWN') THEN
        RAISE EXCEPTION 'a maintenance that is over stays as it was recorded' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_rating_blind() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT published_at IS NOT NULL OR closes_at <= NEW.made_at
        FROM leasing_ratinground WHERE id = NEW.round_id) THEN
        RAISE EXCEPTION 'the time to rate this lease is over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_ratinground_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.published_at IS NOT NULL OR OLD.lease_id <> NEW.lease_id OR OLD.closes_at <> NEW.closes_at THEN
        RAISE EXCEPTION 'a round of ratings is published once, and never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.published_at < NEW.closes_at
        AND (SELECT count(*) FROM leasing_rating WHERE round_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'ratings are published when both are in, or the time is over'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_ready_by_is_not_renewed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.ready_by IS NULL
        OR NEW.ready_by > OLD.ready_by AND NOT (OLD.state = 'IN_INSPECTION' AND NEW.state = 'IN_REPAIR')
    THEN
        RAISE EXCEPTION 'the time in which machine % is to be ready is put off once, when its repair begins',
            NEW.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_referral_is_in_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    last leasing_referralword%ROWTYPE;
BEGIN
    SELECT * INTO last FROM leasing_referralword WHERE record_id = NEW.record_id ORDER BY position DESC LIMIT 1;
    IF NOT EXISTS (SELECT FROM leasing_conditionrecord AS record
            JOIN leasing_recordanswer AS answer ON answer.record_id = record.id
            WHERE record.id = NEW.record_id AND record.kind = 'RETURN' AND answer.word = 'OBJECTED')
        OR NEW.position <> COALESCE(last.position, 0) + 1
        OR NEW.act = 'refer' AND last.act IN ('refer', 'decide')
        OR NEW.act <> 'refer' AND last.act IS DISTINCT FROM 'refer'
        OR NEW.act = 'withdraw' AND NEW.side <> last.side
    THEN
        RAISE EXCEPTION 'the word % on record % does not follow the one before', NEW.act, NEW.record_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_referred_return_is_not_replaced() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM leasing_conditionrecord AS record JOIN leasing_referralword AS word ON word.record_id = record.id
        WHERE record.unit_id = NEW.unit_id AND record.kind = 'RETURN'
            AND word.position = (SELECT max(position) FROM leasing_referralword WHERE record_id = record.id)
            AND (word.act = 'refer' OR word.act = 'decide' AND word.stands)
    ) THEN
        RAISE EXCEPTION 'a return of machine % lies before the platform, or stands by its decision', NEW.unit_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_registration_follows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    last leasing_financeregistration%ROWTYPE;
BEGIN
    SELECT * INTO last FROM leasing_financeregistration WHERE finance_id = NEW.finance_id
        ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last.position, 0) + 1
            OR (NEW.kind = 'REGISTER') <> (last.id IS NULL OR last.kind = 'CANCEL' OR last.expires_on < NEW."on") OR NEW."on" < last."on" THEN
        RAISE EXCEPTION 'entry % of finance lease % does not follow from the one before', NEW.position,
            NEW.finance_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_serviceorder_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what was ordered or settled with service order % does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_sets_off_as_agreed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT d.set_off_minor > COALESCE((SELECT s.set_off_minor FROM leasing_settlement s
            WHERE s.lease_id = d.lease_id AND s.state IN ('AGREED', 'DECIDED')), 0)
        FROM leasing_deposit d WHERE d.id = NEW.deposit_id)
    THEN
        RAISE EXCEPTION 'of deposit % no more is set off than was agreed', NEW.deposit_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.leasing_settlement_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'statement % says and stands as it was made', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_settles_when_nothing_is_open() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_settlement WHERE lease_id = NEW.lease_id AND state IN ('AGREED', 'DECIDED'))
        OR EXISTS (SELECT FROM leasing_leaseunit WHERE lease_id = NEW.lease_id
            AND state NOT IN ('READY', 'GONE') AND (inspect_by IS NULL OR inspect_by > NEW.occurred_at)
            AND (ready_by IS NULL OR ready_by > NEW.occurred_at))
        OR EXISTS (SELECT FROM leasing_damageclaim WHERE lease_id = NEW.lease_id
            AND state IN ('RAISED', 'CONTESTED'))
    THEN
        RAISE EXCEPTION 'something is open before lease % can be settled', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_slotbooking_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what slot booking % says does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_sublease_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what sub-lease % says does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_terms_are_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the terms of lease % are frozen since it was accepted', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_ticket_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what was reported or settled with ticket % does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.leasing_ticketphoto_of_its_lease() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM leasing_ticket t JOIN leasing_photo p ON p.lease_id = t.lease_id
        WHERE t.id = NEW.ticket_id AND p.id = NEW.photo_id
    ) THEN
        RAISE EXCEPTION 'a photo of a ticket is a photo of its lease' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.leasing_unit_follows_claim() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    moved bigint;
BEGIN
    moved := CASE TG_TABLE_NAME WHEN 'leasing_leaseunit' THEN (to_jsonb(NEW) ->> 'claim_id')::bigint ELSE NEW.id END;
    PERFORM 1 FROM leasing_leaseunit unit JOIN marketplace_claim claim ON claim.id = unit.claim_id
        WHERE claim.id = moved AND unit.equipment_id <> claim.equipment_id;
    IF FOUND THEN
        RAISE EXCEPTION 'leasing_leaseunit: the machine is not that of its claim' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.marketplace_announcement_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'announcement % is drafted, published, withdrawn, in this order; what was published stays',
        COALESCE(OLD.public_id, NEW.public_id) USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_batch_has_one_record() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.kind <> 'BATCH' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM marketplace_equipment WHERE id = NEW.equipment_id FOR NO KEY UPDATE;
    IF EXISTS (
            SELECT 1 FROM marketplace_equipmentrecord known
            WHERE known.equipment_id = NEW.equipment_id AND known.organization_id = NEW.organization_id
                AND known.kind = 'BATCH' AND known.batch = NEW.batch
                AND known.id IS DISTINCT FROM NEW.replaces_id AND NOT EXISTS (
                    SELECT 1 FROM marketplace_equipmentrecord newer WHERE newer.replaces_id = known.id)) THEN
        RAISE EXCEPTION 'a batch has one record in force' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_chain_is_led_by() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM marketplace_chain
            WHERE id = NEW.chain_id AND leader_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint) THEN
        RAISE EXCEPTION '% is open to a chain that its organization does not lead', NEW.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_chain_keeps_its_leader() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'chain % keeps its leader', OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_chainmember_is_another() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM marketplace_chain WHERE id = NEW.chain_id AND leader_id = NEW.member_id) THEN
        RAISE EXCEPTION 'a leader is no member of its own chain' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_claim_counts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_at := now();
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_clock_only_forward() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.ahead > OLD.ahead THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the clock only goes forward: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_event_stands() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.sequence IS NOT NULL OR NEW.sequence IS NULL
        OR (to_jsonb(NEW) - 'sequence') <> (to_jsonb(OLD) - 'sequence') THEN
        RAISE EXCEPTION 'marketplace_event: an event gets its place once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_message_is_of_a_side() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM marketplace_conversation WHERE id = NEW.conversation_id
            AND NEW.organization_id IN (owner_id, asker_id)) THEN
        RAISE EXCEPTION 'a message is written by a side of its conversation' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM marketplace_message WHERE id = NEW.answers_id
            AND (organization_id = NEW.organization_id OR conversation_id <> NEW.conversation_id)) THEN
        RAISE EXCEPTION 'the other side answers a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_nameplate_key(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT translate(
        regexp_replace(upper(normalize(given, NFKC)), '[\s!-/:-@\[-`{-~‐-―−·・]', '', 'g'), 'OIL', '011')
$$;



CREATE FUNCTION public.marketplace_need_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what need % says does not change once it is posted, and what is over stays over',
        OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT statement_timestamp() + coalesce((SELECT ahead FROM marketplace_movedclock), interval '0')
$$;



CREATE FUNCTION public.marketplace_offered_by_the_verified() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM marketplace_organization
        WHERE id = NEW.owner_id AND (awaits_verification OR closing_at IS NOT NULL))
    THEN
        RAISE EXCEPTION 'listing % is of an organization that is not verified, or closes', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_record_replaces_its_like() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM marketplace_equipmentrecord prior JOIN marketplace_equipment machine
                ON machine.id = prior.equipment_id
            WHERE prior.id = NEW.replaces_id AND prior.id <> NEW.id AND prior.equipment_id = NEW.equipment_id
                AND prior.kind = NEW.kind AND (prior.organization_id = NEW.organization_id
                    OR (machine.owner_id = NEW.organization_id AND prior.result = 'OPEN'
                        AND NEW.result = 'FAILED'))) THEN
        RAISE EXCEPTION 'a record replaces one of the same machine, kind and organization'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.marketplace_refuse_rewrite() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_service_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what service % says does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_synthetic_for_ever() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'marketplace_organization: an organization is synthetic from its first day on, or never'
        USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.marketplace_times_told() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'marketplace_claim' THEN
        INSERT INTO marketplace_staletimes (listing_id)
        SELECT DISTINCT listing_id FROM marketplace_listingunit
            WHERE equipment_id IN (NEW.equipment_id, OLD.equipment_id);
    ELSIF TG_TABLE_NAME = 'marketplace_listingunit' THEN
        INSERT INTO marketplace_staletimes (listing_id)
        SELECT DISTINCT id FROM unnest(ARRAY[NEW.listing_id, OLD.listing_id]) id WHERE id IS NOT NULL;
    ELSIF TG_TABLE_NAME = 'marketplace_equipment' THEN
        INSERT INTO marketplace_staletimes (listing_id)
        SELECT listing_id FROM marketplace_listingunit WHERE equipment_id = NEW.id;
    ELSE
        INSERT INTO marketplace_staletimes (listing_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.ownership_accessevent_waits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO ownership_unsealedevent (event_id) SELECT id FROM added;
    RETURN NULL;
END $$;



CREATE FUNCTION public.ownership_agreement_is_around() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM ownership_agreement below
            WHERE below.under_id = NEW.id AND NOT below.period <@ NEW.period) THEN
        RAISE EXCEPTION 'agreement % ends before one under it', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.ownership_agreement_is_inside() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE over ownership_agreement; lessee text;
BEGIN
    IF NEW.under_id IS NULL THEN
        IF NEW.above <> '{}' THEN
            RAISE EXCEPTION 'agreement % stands under none', NEW.public_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO over FROM ownership_agreement WHERE id = NEW.under_id FOR SHARE;
    SELECT public_id INTO lessee FROM marketplace_organization WHERE id = over.lessee_id;
    IF NEW.equipment_id <> over.equipment_id OR NEW.owner_id <> over.owner_id
            OR NOT NEW.period <@ over.period OR NEW.above <> over.above || lessee::varchar
            OR (SELECT public_id FROM marketplace_organization WHERE id = NEW.lessee_id) = ANY(NEW.above)
            OR cardinality(NEW.above) > 3 THEN
        RAISE EXCEPTION 'agreement % does not fit under agreement %', NEW.public_id, over.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_datalicence_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    sold ownership_productversion;
BEGIN
    SELECT * INTO sold FROM ownership_productversion WHERE id = NEW.version_id;
    IF (sold.price, sold.currency, sold.digest) IS DISTINCT FROM (NEW.price, NEW.currency, NEW.digest)
        OR (SELECT sum((one->>'minor')::bigint) FROM jsonb_array_elements(NEW.split) one)
            IS DISTINCT FROM NEW.price THEN
        RAISE EXCEPTION 'ownership_datalicence: this is not what was offered'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.place NOT BETWEEN 1 AND sold.most_licences OR NOT EXISTS (
        SELECT FROM ownership_productstep s WHERE s.version_id = sold.id AND s.kind = 'PUBLISHED'
    ) OR EXISTS (
        SELECT FROM ownership_productstep s WHERE s.version_id = sold.id AND s.kind = 'WITHDRAWN'
    ) THEN
        RAISE EXCEPTION 'ownership_datalicence: this is not on sale' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_evententry_continues() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    first bigint; last bigint; many bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO first, last, many FROM added;
    IF last - first + 1 <> many OR first < 0
       OR first > 0 AND NOT EXISTS (SELECT 1 FROM ownership_evententry WHERE position = first - 1) THEN
        RAISE EXCEPTION 'ownership_evententry: the log has a hole' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.ownership_eventhead_grows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('ownership_log', 0));
    IF EXISTS (SELECT 1 FROM ownership_eventhead WHERE size >= NEW.size) THEN
        RAISE EXCEPTION 'ownership_eventhead: heads only grow' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT max(position) FROM ownership_evententry) IS DISTINCT FROM NEW.size - 1 THEN
        RAISE EXCEPTION 'ownership_eventhead: a head covers the entries there are'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_grant_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    may text[] := '{}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ownership_grant: a grant is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.given_at IS NULL AND OLD.refused_at IS NULL THEN
        may := may || ARRAY['given_at', 'given_by', 'given_by_name', 'given_for_id', 'given_role',
                            'refused_at', 'refused_by', 'refused_why'];
        IF OLD.readable IS NULL THEN
            may := may || ARRAY['generated', 'readable'];
        END IF;
    END IF;
    IF OLD.withdrawn_at IS NULL THEN
        may := may || ARRAY['withdrawn_at', 'withdrawn_by'];
    END IF;
    IF OLD.job_closed_at IS NULL THEN
        may := may || ARRAY['job_closed_at', 'job_closed_by'];
    END IF;
    IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
        RAISE EXCEPTION 'ownership_grant: what was agreed stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_grant_of_its_machine() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.agreement_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ownership_agreement a
        WHERE a.id = NEW.agreement_id AND a.equipment_id = NEW.equipment_id
    ) THEN
        RAISE EXCEPTION 'ownership_grant: the agreement is about another machine'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_grant_shared() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NOT EXISTS (
        SELECT FROM ownership_sharingrequest s JOIN ownership_agreement a ON a.id = NEW.agreement_id
        WHERE s.grant_id = NEW.id AND s.agreed_at IS NOT NULL AND NEW.asked_at IS NOT NULL
            AND a.lessee_id = NEW.given_for_id AND NEW.recipient_id NOT IN (a.lessee_id, a.owner_id)
    ) THEN
        RAISE EXCEPTION 'ownership_grant: shared without a request that was accepted'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT g.designated FROM ownership_gatekeeperentry g
        WHERE g.organization_id = NEW.recipient_id ORDER BY g.id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'ownership_grant: nothing is shared with a gatekeeper' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_licencestep_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM ownership_licencestep s
               WHERE s.licence_id = NEW.licence_id AND s.kind = 'TERMINATED')
        OR (NEW.kind = 'PAID' AND EXISTS (
            SELECT FROM ownership_productstep s JOIN ownership_datalicence l ON l.version_id = s.version_id
            WHERE l.id = NEW.licence_id AND s.kind = 'WITHDRAWN')) THEN
        RAISE EXCEPTION 'ownership_licencestep: it is over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_loggedperson_one_way() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ownership_loggedperson: a pseudonym stays' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.erased_at IS NOT NULL
       OR (NEW.id, NEW.public_id, NEW.organization, NEW.year)
          IS DISTINCT FROM (OLD.id, OLD.public_id, OLD.organization, OLD.year) THEN
        RAISE EXCEPTION 'ownership_loggedperson: this never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.erased_at IS NULL THEN
        IF (NEW."user", NEW.name, NEW.secret) IS DISTINCT FROM (OLD."user", OLD.name, OLD.secret)
           OR OLD.asked_at IS NOT NULL AND NEW.asked_at IS DISTINCT FROM OLD.asked_at THEN
            RAISE EXCEPTION 'ownership_loggedperson: this never changes' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.asked_at IS NULL OR NEW.asked_at IS NOT NULL OR NEW."user" <> '' OR NEW.name <> ''
          OR octet_length(NEW.secret) > 0 THEN
        RAISE EXCEPTION 'ownership_loggedperson: a name goes on request, and whole'
            USING ERRCODE = 'check_violation';
    ELSIF NEW.erased_at < make_timestamptz(OLD.year + 4, 1, 1, 0, 0, 0, 'Asia/Shanghai') THEN
        RAISE EXCEPTION 'ownership_loggedperson: the law still demands the log' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_paymentduty_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.paid_at IS NOT NULL OR OLD.waived_at IS NOT NULL
       OR (NEW.public_id, NEW.debtor_id, NEW.creditor_id, NEW.agreement_id, NEW.amount, NEW.currency,
           NEW.source, NEW.subject, NEW.due_at, NEW.incurred_at)
          IS DISTINCT FROM (OLD.public_id, OLD.debtor_id, OLD.creditor_id, OLD.agreement_id, OLD.amount,
           OLD.currency, OLD.source, OLD.subject, OLD.due_at, OLD.incurred_at) THEN
        RAISE EXCEPTION 'ownership_paymentduty: what is owed never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_productstep_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM ownership_productstep s
               WHERE s.version_id = NEW.version_id AND s.kind = 'WITHDRAWN') THEN
        RAISE EXCEPTION 'ownership_productstep: it was withdrawn' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'PUBLISHED' AND EXISTS (
        SELECT FROM ownership_productversion v, unnest(v.parties) AS party
        WHERE v.id = NEW.version_id AND NOT EXISTS (
            SELECT FROM ownership_productstep s JOIN marketplace_organization o ON o.id = s.organization_id
            WHERE s.version_id = v.id AND s.kind = 'CONSENTED' AND o.public_id = party)
    ) THEN
        RAISE EXCEPTION 'ownership_productstep: a consent is missing' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_productversion_fits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT sum((one->>'points')::bigint) FROM jsonb_array_elements(NEW.shares) one)
        IS DISTINCT FROM 10000 THEN
        RAISE EXCEPTION 'ownership_productversion: the shares are not the whole'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_seal_alone() RETURNS boolean
    LANGUAGE sql
    AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('ownership_log', 0));
$$;



CREATE FUNCTION public.ownership_sharingobjection_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    may text[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.overruled_at IS NULL THEN
        may := ARRAY['overruled_at', 'overruled_by', 'overruled_why'];
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
        RAISE EXCEPTION 'ownership_sharingobjection: what was said stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_sharingrequest_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    may text[] := '{}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ownership_sharingrequest: a request is never deleted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.agreed_at IS NULL THEN
        may := may || ARRAY['price', 'cost', 'price_basis', 'priced_at', 'priced_by',
                            'agreed_at', 'agreed_by', 'agreed_by_name', 'agreed_digest'];
    END IF;
    IF OLD.stopped_at IS NULL THEN
        may := may || ARRAY['stop', 'stopped_at', 'stopped_by', 'stopped_why'];
    END IF;
    IF OLD.erased_at IS NULL THEN
        may := may || ARRAY['erased_at', 'erased_by', 'erased_by_name', 'erasure_statement'];
    END IF;
    IF OLD.noted_overdue_at IS NULL THEN
        may := may || ARRAY['noted_overdue_at'];
    END IF;
    IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
        RAISE EXCEPTION 'ownership_sharingrequest: what was agreed stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.ownership_unsealedevent_leaves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone WHERE NOT EXISTS (SELECT 1 FROM ownership_evententry e WHERE e.event_id = gone.event_id)
    ) THEN
        RAISE EXCEPTION 'ownership_unsealedevent: an event is not in the log' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_acceptancebill_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' OR NEW.checker <> '' OR NEW.asks <> '' THEN
        RAISE EXCEPTION 'a bill begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_acceptancebill_ends() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    line payments_bankline;
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NEW.state IN ('DISHONOURED', 'RETURNED') THEN
        IF NEW.decider IN ('', NEW.asker) THEN
            RAISE EXCEPTION 'bill %: two people end it without money', NEW.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        UPDATE payments_receipt SET left_minor = left_minor - NEW.amount_minor WHERE bill_id = NEW.id;
    ELSIF NEW.state = 'HONOURED' THEN
        SELECT * INTO line FROM payments_bankline WHERE id = NEW.bank_line_id;
        IF (line.amount_minor, line.currency) IS DISTINCT FROM (NEW.amount_minor, NEW.currency) THEN
            RAISE EXCEPTION 'bill %: another amount came', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_acceptancebill_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state = OLD.state AND (NEW.ended_on, NEW.bank_line_id, NEW.checker)
        IS NOT DISTINCT FROM (OLD.ended_on, OLD.bank_line_id, OLD.checker)
        AND (OLD.state IN ('HELD', 'PRESENTED') OR (NEW.asks, NEW.asker) = (OLD.asks, OLD.asker)) THEN
        RETURN NEW;
    END IF;
    IF NOT (
        OLD.state = 'PROPOSED' AND NEW.state IN ('HELD', 'DROPPED')
        OR OLD.state = 'HELD' AND NEW.state IN ('PRESENTED', 'HONOURED', 'RETURNED')
        OR OLD.state = 'PRESENTED' AND NEW.state IN ('HONOURED', 'DISHONOURED')
        OR OLD.state = 'HONOURED' AND NEW.state = 'HELD' AND EXISTS (
            SELECT 1 FROM payments_linebooking u JOIN payments_linebooking b
                ON b.bank_line_id = u.bank_line_id AND b.number = u.number - 1
            WHERE u.bank_line_id = OLD.bank_line_id AND u.kind = 'UNDO' AND b.kind = 'BILL'
              AND b.target = OLD.public_id)
        AND NOT EXISTS (
            SELECT 1 FROM payments_linebooking b WHERE b.kind = 'BILL' AND b.target = OLD.public_id AND NOT EXISTS (
                SELECT 1 FROM payments_linebooking u
                WHERE u.bank_line_id = b.bank_line_id AND u.number = b.number + 1))
    ) THEN
        RAISE EXCEPTION 'bill % does not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('DISHONOURED', 'RETURNED') AND (OLD.asks <> NEW.state OR OLD.asker = '') THEN
        RAISE EXCEPTION 'bill %: two people end it without money', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_allocation_fits() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    wrong text;
    named bigint;
BEGIN
    PERFORM 1 FROM billing_invoice
        WHERE id IN (SELECT invoice_id FROM fresh UNION SELECT note_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
    SELECT f.public_id, f.undoes_id INTO wrong, named
        FROM fresh f LEFT JOIN payments_allocation paid ON paid.id = f.undoes_id
        WHERE f.undoes_id IS NOT NULL AND (paid.id IS NULL
           OR paid.undoes_id IS NOT NULL OR paid.invoice_id <> f.invoice_id
           OR paid.receipt_id IS DISTINCT FROM f.receipt_id OR paid.note_id IS DISTINCT FROM f.note_id
           OR paid.amount_minor <> -f.amount_minor OR paid.let_off_minor <> -f.let_off_minor)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: it does not undo %', wrong, named USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.public_id, f.invoice_id INTO wrong, named
        FROM fresh f LEFT JOIN billing_invoice asked ON asked.id = f.invoice_id
        WHERE asked.id IS NULL OR asked.status <> 'ISSUED' OR asked.currency <> f.currency OR asked.gross_minor < (
            SELECT sum(a.amount_minor + a.let_off_minor) FROM payments_allocation a WHERE a.invoice_id = f.invoice_id)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: more than invoice % asks for', wrong, named USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.public_id, f.note_id INTO wrong, named
        FROM fresh f LEFT JOIN billing_invoice given ON given.id = f.note_id
        WHERE f.note_id IS NOT NULL AND (given.id IS NULL OR given.kind <> 'CREDIT_NOTE'
           OR given.corrects_id IS DISTINCT FROM f.invoice_id OR -given.gross_minor < (
            SELECT sum(a.amount_minor) FROM payments_allocation a WHERE a.note_id = f.note_id))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: more than note % gives', wrong, named USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.public_id INTO wrong
        FROM fresh f LEFT JOIN payments_receipt r ON r.id = f.receipt_id
        WHERE f.receipt_id IS NOT NULL AND r.currency IS DISTINCT FROM f.currency
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: another currency', wrong USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM payments_receipt WHERE id IN (SELECT receipt_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
    UPDATE payments_receipt r SET left_minor = r.left_minor - taken.minor
        FROM (SELECT receipt_id, sum(amount_minor) AS minor FROM fresh GROUP BY receipt_id) taken
        WHERE r.id = taken.receipt_id;
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_attempt_ends() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.state IN ('DONE', 'REJECTED') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'attempt % was answered for good', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_classification_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            RAISE EXCEPTION 'a classification begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'classification % was decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_disputeloss_takes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE payments_receipt r SET left_minor = left_minor - NEW.amount_minor
        FROM payments_providerfact lost, payments_providerfact charge
        WHERE r.id = NEW.receipt_id AND charge.id = r.fact_id AND lost.id = NEW.fact_id
          AND lost.kind = 'DISPUTE_LOST' AND lost.journal_id = NEW.journal_id
          AND lost.provider = charge.provider AND lost.document->>'parent' = charge.object_reference;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'loss %: no lost dispute of this receipt', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_keeps_but() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    was jsonb := to_jsonb(OLD) - TG_ARGV;
BEGIN
    IF was <> to_jsonb(NEW) - TG_ARGV THEN
        RAISE EXCEPTION '% % is never changed', TG_TABLE_NAME, OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_linebooking_counts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (NEW.kind = 'UNDO') <> (NEW.number % 2 = 0) OR NEW.number > 1 AND NOT EXISTS (
        SELECT 1 FROM payments_linebooking WHERE bank_line_id = NEW.bank_line_id AND number = NEW.number - 1
    ) THEN
        RAISE EXCEPTION 'booking % of line %: each second one takes the one before it back', NEW.number,
            NEW.bank_line_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_linebooking_holds_again() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE payments_receipt SET left_minor = left_minor + amount_minor
        WHERE bank_line_id = NEW.bank_line_id AND EXISTS (
            SELECT 1 FROM payments_linebooking b
            WHERE b.bank_line_id = NEW.bank_line_id AND b.number < NEW.number AND b.kind = 'RECEIPT');
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_linebooking_takes_back() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE payments_receipt r SET left_minor = left_minor - amount_minor
        FROM payments_linebooking b
        WHERE r.bank_line_id = NEW.bank_line_id AND b.bank_line_id = NEW.bank_line_id
          AND b.number = NEW.number - 1 AND b.kind = 'RECEIPT';
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_never_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;



CREATE FUNCTION public.payments_paymentorder_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' OR NEW.checker <> '' OR NEW.file_id IS NOT NULL THEN
        RAISE EXCEPTION 'an order begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_paymentorder_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same payments_paymentorder := NEW;
BEGIN
    same.state := OLD.state;
    IF NEW.state IN ('APPROVED', 'DROPPED') THEN
        same.checker := OLD.checker;
        same.checker_name := OLD.checker_name;
        same.checked_at := OLD.checked_at;
    ELSIF NEW.state = 'SENT' THEN
        same.file_id := OLD.file_id;
    END IF;
    IF NEW.state IN ('DONE', 'RETURNED', 'REJECTED') THEN
        same.ended_on := OLD.ended_on;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.state = 'PROPOSED' AND NEW.state IN ('APPROVED', 'DROPPED')
        OR OLD.state = 'APPROVED' AND NEW.state IN ('SENT', 'DROPPED')
        OR OLD.state = 'SENT' AND NEW.state IN ('DONE', 'RETURNED', 'REJECTED')
        OR OLD.state = 'DONE' AND NEW.state = 'RETURNED'
    ) THEN
        RAISE EXCEPTION 'order % does not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_paymentorder_pays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    total bigint;
    taken bigint;
    of_receipt bigint;
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NEW.kind = 'PAYOUT' AND NEW.state = 'APPROVED' THEN
        SELECT -sum(l.amount_minor) INTO total
            FROM payments_payoutitem i JOIN billing_journalline l ON l.id = i.line_id
            WHERE i.order_id = NEW.id;
        IF total IS DISTINCT FROM NEW.amount_minor THEN
            RAISE EXCEPTION 'payout %: its lines do not add up', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.kind = 'REFUND' THEN
        SELECT receipt_id INTO of_receipt FROM payments_refund WHERE order_id = NEW.id;
        taken := CASE
            WHEN NEW.state = 'APPROVED' THEN NEW.amount_minor
            WHEN NEW.state IN ('RETURNED', 'REJECTED') OR (NEW.state = 'DROPPED' AND OLD.state = 'APPROVED')
                THEN -NEW.amount_minor
            ELSE 0 END;
        IF of_receipt IS NOT NULL AND taken <> 0 THEN
            UPDATE payments_receipt SET left_minor = left_minor - taken WHERE id = of_receipt;
        END IF;
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_payoutitem_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    paid record;
BEGIN
    SELECT o.kind, o.book_id, o.payee_id, o.currency, a.book_id AS of_book, a.party_id, a.code, l.account_id,
           l.currency AS of_currency
        INTO paid FROM payments_paymentorder o, billing_journalline l
        JOIN billing_account a ON a.id = l.account_id WHERE o.id = NEW.order_id AND l.id = NEW.line_id;
    IF paid.kind <> 'PAYOUT' OR paid.code <> '2241.01' OR paid.party_id IS DISTINCT FROM paid.payee_id
        OR paid.of_book <> paid.book_id OR paid.of_currency <> paid.currency THEN
        RAISE EXCEPTION 'a payout pays lines of its owner''s account' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM billing_accountbalance WHERE account_id = paid.account_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM payments_payoutitem i JOIN payments_paymentorder o ON o.id = i.order_id
        WHERE i.line_id = NEW.line_id AND i.id <> NEW.id
          AND o.state IN ('PROPOSED', 'APPROVED', 'SENT', 'DONE')
    ) THEN
        RAISE EXCEPTION 'line % is paid by another order', NEW.line_id USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
END $$;



CREATE FUNCTION public.payments_rebooking_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'booking anew begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_rebooking_decided() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'rebooking % was decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.booking_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_linebooking b WHERE b.id = NEW.booking_id
            AND b.bank_line_id = NEW.bank_line_id AND b.number = NEW.number + 2 AND b.kind = NEW.kind
    ) THEN
        RAISE EXCEPTION 'rebooking %: another booking', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_receipt_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same payments_receipt := NEW;
BEGIN
    same.left_minor := OLD.left_minor;
    IF OLD.payer_id IS NULL THEN
        same.payer_id := NULL;
        same.holding := OLD.holding;
    END IF;
    IF same IS DISTINCT FROM OLD OR (NEW.left_minor <> OLD.left_minor AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'receipt %: what came in does not change', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_statementfile_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    same payments_statementfile := NEW;
BEGIN
    same.state := OLD.state;
    same.format := OLD.format;
    same.dialect_id := OLD.dialect_id;
    same.flaws := OLD.flaws;
    same.lines := OLD.lines;
    same.new_lines := OLD.new_lines;
    same.read_at := OLD.read_at;
    IF same IS DISTINCT FROM OLD OR OLD.state IN ('READ', 'REFUSED') THEN
        RAISE EXCEPTION 'file % of a bank is kept as it came', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_takeback_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'taking back begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.payments_takeback_decided() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'take-back % was decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.operation_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_operation o WHERE o.id = NEW.operation_id AND o.order_id = NEW.order_id
            AND o.kind = 'REVERSAL' AND (o.body->>'amount')::bigint = NEW.amount_minor
    ) THEN
        RAISE EXCEPTION 'take-back %: another operation', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;



CREATE FUNCTION public.readings(device text, channel text, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(epoch text, sequence bigint, at timestamp with time zone, value text, arrival bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT e.label, r.sequence, timestamptz 'epoch' + r.at * interval '1 microsecond', r.value, h.first + r.place
    FROM devices_device AS d
    JOIN devices_channel AS c ON c.device_id = d.id AND c.key = readings.channel
    JOIN devices_holding AS h ON h.device_id = d.id
        AND h.at_hi >= (extract(epoch FROM since) * 1000000)::bigint
        AND h.at_lo < (extract(epoch FROM until) * 1000000)::bigint
    JOIN devices_epoch AS e ON e.device_id = d.id AND e.number = h.epoch_number
    CROSS JOIN LATERAL (
        SELECT CASE c.retention WHEN 'EVIDENCE' THEN h.evidence WHEN 'ORDINARY' THEN h.ordinary ELSE h.private END
    ) AS held (content)
    CROSS JOIN LATERAL (
        SELECT 0::bigint AS place, b.* FROM devices_block_readings(held.content, d.id) AS b WHERE h.facts IS NULL
        UNION ALL
        SELECT a.* FROM devices_archive_readings(held.content, d.id) AS a WHERE h.facts IS NOT NULL
    ) AS r
    WHERE d.code = readings.device AND r.channel = c.number
        AND r.at >= (extract(epoch FROM since) * 1000000)::bigint
        AND r.at < (extract(epoch FROM until) * 1000000)::bigint
    ORDER BY e.number, r.sequence
$$;



CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);



ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);



ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);



ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_acceptance (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    meter character varying(12) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    expected numeric(40,18) NOT NULL,
    tolerance numeric(40,18) NOT NULL,
    counted numeric(40,18) NOT NULL,
    held numeric(40,18) NOT NULL,
    passed boolean NOT NULL,
    arrival bigint NOT NULL,
    rule_version smallint NOT NULL,
    note character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    device_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT billing_acceptance_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT billing_acceptance_not_negative CHECK (((counted >= (0)::numeric) AND (expected >= (0)::numeric) AND (held >= (0)::numeric) AND (tolerance >= (0)::numeric))),
    CONSTRAINT billing_acceptance_rule_version_check CHECK ((rule_version >= 0))
);



ALTER TABLE public.billing_acceptance ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_acceptance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_account (
    id bigint NOT NULL,
    code character varying(12) NOT NULL,
    currency character varying(3) NOT NULL,
    kind character varying(9) NOT NULL,
    normal_side character varying(6) NOT NULL,
    has_floor boolean NOT NULL,
    lease_id bigint,
    party_id bigint,
    book_id bigint NOT NULL
);



ALTER TABLE public.billing_account ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_accountbalance (
    account_id bigint NOT NULL,
    balance_minor bigint NOT NULL,
    CONSTRAINT billing_accountbalance_floor CHECK ((balance_minor >= 0))
);



CREATE TABLE public.billing_awardtax (
    id bigint NOT NULL,
    source character varying(80) NOT NULL,
    is_taxed boolean NOT NULL,
    reason text NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL,
    CONSTRAINT billing_awardtax_with_a_reason CHECK (((NOT ((source)::text = ''::text)) AND (NOT (reason = ''::text))))
);



ALTER TABLE public.billing_awardtax ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_awardtax_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_billingfailure (
    id bigint NOT NULL,
    code character varying(60) NOT NULL,
    text text NOT NULL,
    facts jsonb NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    times integer NOT NULL,
    lease_id bigint NOT NULL,
    CONSTRAINT billing_billingfailure_in_order CHECK ((last_at >= first_at)),
    CONSTRAINT billing_billingfailure_times_check CHECK ((times >= 0)),
    CONSTRAINT billing_billingfailure_with_a_reason CHECK (((NOT ((code)::text = ''::text)) AND (times >= 1)))
);



ALTER TABLE public.billing_billingfailure ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_billingfailure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_billingmark (
    id bigint NOT NULL,
    billed_to timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL
);



ALTER TABLE public.billing_billingmark ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_billingmark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_billingmode (
    id bigint NOT NULL,
    mode character varying(9) NOT NULL,
    set_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL,
    set_by_id bigint NOT NULL,
    CONSTRAINT billing_billingmode_known CHECK (((mode)::text = ANY (ARRAY[('AUTOMATIC'::character varying)::text, ('REVIEWED'::character varying)::text])))
);



ALTER TABLE public.billing_billingmode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_billingmode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_billobjection (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    component character varying(40) NOT NULL,
    reason character varying(8) NOT NULL,
    text character varying(500) NOT NULL,
    currency character varying(3) NOT NULL,
    net_minor bigint NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    outcome character varying(9) NOT NULL,
    answer character varying(500) NOT NULL,
    effect character varying(10) NOT NULL,
    source character varying(30) NOT NULL,
    decided_at timestamp with time zone,
    decided_by_id bigint,
    invoice_id bigint,
    lease_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    raised_by_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    CONSTRAINT billing_billobjection_agreed_by_a_fact CHECK (((((outcome)::text = 'AGREED'::text) AND (NOT ((effect)::text = ''::text)) AND (NOT ((source)::text = ''::text))) OR ((NOT ((outcome)::text = 'AGREED'::text)) AND ((effect)::text = ''::text) AND ((source)::text = ''::text)))),
    CONSTRAINT billing_billobjection_closed_by_somebody CHECK (((((answer)::text = ''::text) AND (decided_at IS NULL) AND (decided_by_id IS NULL) AND ((outcome)::text = 'OPEN'::text)) OR ((NOT ((outcome)::text = 'OPEN'::text)) AND (decided_at IS NOT NULL) AND (decided_by_id IS NOT NULL)))),
    CONSTRAINT billing_billobjection_frozen_on_an_invoice CHECK ((((invoice_id IS NOT NULL) AND ((outcome)::text = 'FROZEN'::text)) OR (NOT ((outcome)::text = 'FROZEN'::text))))
);



ALTER TABLE public.billing_billobjection ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_billobjection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_billtelling (
    id bigint NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    how character varying(8) NOT NULL,
    at timestamp with time zone NOT NULL,
    objections_until timestamp with time zone NOT NULL,
    currency character varying(3) NOT NULL,
    gross_minor bigint NOT NULL,
    parts jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    lease_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    person_id bigint,
    CONSTRAINT billing_billtelling_after_the_period CHECK (((at >= period_end) AND (objections_until >= period_end))),
    CONSTRAINT billing_billtelling_period_not_empty CHECK ((period_end > period_start))
);



ALTER TABLE public.billing_billtelling ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_billtelling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_book (
    id bigint NOT NULL,
    code character varying(12) NOT NULL,
    name character varying(120) NOT NULL,
    kind character varying(8) NOT NULL,
    currency character varying(3) NOT NULL,
    zone character varying(40) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL
);



ALTER TABLE public.billing_book ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_book_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_bookingterms (
    id bigint NOT NULL,
    settlement_model character varying(13) NOT NULL,
    commission_rate numeric(6,5) NOT NULL,
    lease_id bigint NOT NULL,
    CONSTRAINT billing_bookingterms_rate CHECK (((commission_rate >= (0)::numeric) AND (commission_rate < (1)::numeric)))
);



ALTER TABLE public.billing_bookingterms ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_bookingterms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_budget (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    side character varying(8) NOT NULL,
    currency character varying(3) NOT NULL,
    amount_minor bigint,
    percents smallint[] NOT NULL,
    quantities jsonb NOT NULL,
    at_cap boolean NOT NULL,
    idle_days smallint,
    version integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    span_start timestamp with time zone,
    span_end timestamp with time zone,
    net_minor bigint,
    forecast_minor bigint,
    checked_at timestamp with time zone,
    lease_id bigint,
    organization_id bigint NOT NULL,
    unrated jsonb NOT NULL,
    CONSTRAINT billing_budget_amount CHECK (((amount_minor IS NULL) OR (amount_minor > 0))),
    CONSTRAINT billing_budget_idle_days_check CHECK ((idle_days >= 0)),
    CONSTRAINT billing_budget_version_check CHECK ((version >= 0))
);



ALTER TABLE public.billing_budget ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_budget_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_budgetcrossing (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    since timestamp with time zone NOT NULL,
    key character varying(80) NOT NULL,
    percent smallint,
    limit_minor bigint,
    meter character varying(12) NOT NULL,
    "limit" numeric(20,6),
    quantity numeric(28,6),
    days smallint,
    span_start timestamp with time zone NOT NULL,
    span_end timestamp with time zone NOT NULL,
    net_minor bigint NOT NULL,
    forecast_minor bigint,
    made_at timestamp with time zone NOT NULL,
    budget_id bigint NOT NULL,
    CONSTRAINT billing_budgetcrossing_days_check CHECK ((days >= 0)),
    CONSTRAINT billing_budgetcrossing_percent_check CHECK ((percent >= 0))
);



ALTER TABLE public.billing_budgetcrossing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_budgetcrossing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_checkfinding (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    code character varying(24) NOT NULL,
    subject character varying(120) NOT NULL,
    expected numeric(40,18) NOT NULL,
    found numeric(40,18) NOT NULL,
    unit character varying(12) NOT NULL,
    facts jsonb NOT NULL,
    failure character varying(300) NOT NULL,
    since timestamp with time zone NOT NULL,
    solved_at timestamp with time zone,
    invoice_id bigint,
    lease_id bigint,
    seller_id bigint,
    run_id bigint NOT NULL,
    solved_in_id bigint,
    CONSTRAINT billing_checkfinding_named_or_failed CHECK (((((subject)::text = ''::text) OR ((failure)::text = ''::text)) AND (1 = (
CASE
    WHEN ((subject)::text = ''::text) THEN 1
    ELSE 0
END +
CASE
    WHEN ((failure)::text = ''::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_checkfinding_solved_in_a_run CHECK ((((solved_at IS NULL) AND (solved_in_id IS NULL)) OR ((solved_at >= since) AND (solved_at IS NOT NULL) AND (solved_in_id IS NOT NULL))))
);



ALTER TABLE public.billing_checkfinding ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_checkfinding_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_checkpoint (
    binding_id bigint NOT NULL,
    device_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    local_day date NOT NULL,
    lowest_day date NOT NULL,
    first_order bigint NOT NULL,
    basis character varying(64) NOT NULL,
    state jsonb NOT NULL,
    arrivals jsonb NOT NULL,
    cuts jsonb NOT NULL,
    closing jsonb NOT NULL,
    heard bigint NOT NULL,
    gaps jsonb NOT NULL,
    lasting jsonb NOT NULL,
    watermark bigint NOT NULL,
    CONSTRAINT billing_checkpoint_adds_to_no_later_day CHECK ((lowest_day <= local_day))
);



CREATE TABLE public.billing_checkresult (
    id bigint NOT NULL,
    code character varying(24) NOT NULL,
    count integer NOT NULL,
    failure character varying(300) NOT NULL,
    run_id bigint NOT NULL,
    CONSTRAINT billing_checkresult_count_check CHECK ((count >= 0))
);



ALTER TABLE public.billing_checkresult ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_checkresult_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_checkrun (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL
);



ALTER TABLE public.billing_checkrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_checkrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_correctedday (
    id bigint NOT NULL,
    reasons jsonb NOT NULL,
    after_id bigint NOT NULL,
    before_id bigint,
    correction_id bigint NOT NULL
);



ALTER TABLE public.billing_correctedday ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_correctedday_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_correction (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    period_start timestamp with time zone NOT NULL,
    event_limit timestamp with time zone NOT NULL,
    arrivals jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    reasons jsonb NOT NULL,
    recorded jsonb NOT NULL,
    outcome character varying(10) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    approved_at timestamp with time zone,
    approved_by_id bigint,
    approved_for_id bigint,
    lease_id bigint,
    booking_id bigint,
    CONSTRAINT billing_correction_approved_by_somebody CHECK ((((approved_at IS NULL) AND (approved_by_id IS NULL) AND (approved_for_id IS NULL)) OR ((approved_at IS NOT NULL) AND (approved_by_id IS NOT NULL) AND (approved_for_id IS NOT NULL) AND ((outcome)::text = 'NOTED'::text)))),
    CONSTRAINT billing_correction_one_subject CHECK ((((lease_id IS NULL) OR (booking_id IS NULL)) AND (1 = (
CASE
    WHEN (lease_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (booking_id IS NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_correction_period_not_empty CHECK ((event_limit > period_start))
);



ALTER TABLE public.billing_correction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_correction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_dunninghold (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reason character varying(300) NOT NULL,
    through date NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    buyer_id bigint NOT NULL,
    ended_by_id bigint,
    made_by_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    CONSTRAINT billing_dunninghold_ended_by_somebody CHECK ((((ended_at IS NULL) AND (ended_by_id IS NULL)) OR ((ended_at IS NOT NULL) AND (ended_by_id IS NOT NULL))))
);



ALTER TABLE public.billing_dunninghold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_dunninghold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_dunningitem (
    id bigint NOT NULL,
    level smallint NOT NULL,
    asked_minor bigint NOT NULL,
    invoice_id bigint NOT NULL,
    letter_id bigint NOT NULL,
    CONSTRAINT billing_dunningitem_asks CHECK (((asked_minor > 0) AND (level > 0))),
    CONSTRAINT billing_dunningitem_level_check CHECK ((level >= 0))
);



ALTER TABLE public.billing_dunningitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_dunningitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_dunningletter (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    "on" date NOT NULL,
    level smallint NOT NULL,
    currency character varying(3) NOT NULL,
    total_minor bigint NOT NULL,
    content jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    buyer_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    policy_id bigint NOT NULL,
    CONSTRAINT billing_dunningletter_asks CHECK (((level > 0) AND (total_minor > 0))),
    CONSTRAINT billing_dunningletter_level_check CHECK ((level >= 0))
);



ALTER TABLE public.billing_dunningletter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_dunningletter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_dunningpolicy (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    version integer NOT NULL,
    is_on boolean NOT NULL,
    levels jsonb NOT NULL,
    smallest_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    CONSTRAINT billing_dunningpolicy_smallest CHECK ((smallest_minor >= 0)),
    CONSTRAINT billing_dunningpolicy_version_check CHECK ((version >= 0))
);



ALTER TABLE public.billing_dunningpolicy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_dunningpolicy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_factslook (
    id bigint NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL
);



ALTER TABLE public.billing_factslook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_factslook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fund (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    book_id bigint NOT NULL
);



ALTER TABLE public.billing_fund ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fund_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fundclaim (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    collection jsonb NOT NULL,
    deposit_minor bigint NOT NULL,
    note character varying(500) NOT NULL,
    claimed_by character varying(30) NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    status character varying(9) NOT NULL,
    waterfall jsonb NOT NULL,
    loss_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    reviewed_by character varying(30) NOT NULL,
    approved_by character varying(30) NOT NULL,
    approved_on date,
    fund_id bigint NOT NULL,
    invoice_id bigint NOT NULL,
    lessee_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    rules_id bigint NOT NULL,
    CONSTRAINT billing_fundclaim_amounts CHECK (((amount_minor >= 0) AND (deposit_minor >= 0) AND (loss_minor >= amount_minor))),
    CONSTRAINT billing_fundclaim_four_eyes CHECK (((((approved_by)::text = ''::text) AND (approved_on IS NULL)) OR ((amount_minor > 0) AND (approved_on IS NOT NULL) AND (NOT ((reviewed_by)::text = ''::text)) AND (NOT ((approved_by)::text = (reviewed_by)::text)) AND (NOT ((approved_by)::text = (claimed_by)::text)) AND (NOT ((reviewed_by)::text = (claimed_by)::text)))))
);



ALTER TABLE public.billing_fundclaim ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fundclaim_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fundclaimstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel character varying(8) NOT NULL,
    reason_code character varying(40) NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(9) NOT NULL,
    status_after character varying(9) NOT NULL,
    claim_id bigint NOT NULL,
    CONSTRAINT billing_fundclaimstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.billing_fundclaimstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fundclaimstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fundcontribution (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    net_minor bigint NOT NULL,
    owner_minor bigint NOT NULL,
    platform_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    fund_id bigint NOT NULL,
    invoice_id bigint NOT NULL,
    journal_id bigint,
    rules_id bigint NOT NULL
);



ALTER TABLE public.billing_fundcontribution ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fundcontribution_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fundmembership (
    id bigint NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    joined_by_name character varying(80) NOT NULL,
    left_at timestamp with time zone,
    fund_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    CONSTRAINT billing_fundmembership_in_order CHECK (((left_at IS NULL) OR (left_at >= joined_at)))
);



ALTER TABLE public.billing_fundmembership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fundmembership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fundrules (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number smallint NOT NULL,
    valid_from date NOT NULL,
    basis character varying(200) NOT NULL,
    levy_per_mille numeric(9,4) NOT NULL,
    match_percent numeric(9,4) NOT NULL,
    cover_percent numeric(9,4) NOT NULL,
    lessee_cap_minor bigint,
    owner_cap_minor bigint,
    year_cap_minor bigint,
    waiting_days smallint NOT NULL,
    steps character varying(16)[] NOT NULL,
    floor_minor bigint NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    fund_id bigint NOT NULL,
    CONSTRAINT billing_fundrules_number_check CHECK ((number >= 0)),
    CONSTRAINT billing_fundrules_rates CHECK (((cover_percent >= (0)::numeric) AND (cover_percent <= (100)::numeric) AND (floor_minor >= 0) AND (levy_per_mille >= (0)::numeric) AND (match_percent >= (0)::numeric))),
    CONSTRAINT billing_fundrules_waiting_days_check CHECK ((waiting_days >= 0))
);



ALTER TABLE public.billing_fundrules ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fundrules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_fundtransfer (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(12) NOT NULL,
    amount_minor bigint NOT NULL,
    fund_minor bigint NOT NULL,
    moved_on date NOT NULL,
    reference character varying(60) NOT NULL,
    stage character varying(9) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    reason character varying(500) NOT NULL,
    claim_id bigint,
    fund_id bigint NOT NULL,
    CONSTRAINT billing_fundtransfer_amounts CHECK (((amount_minor > 0) AND (fund_minor >= 0) AND (fund_minor <= amount_minor))),
    CONSTRAINT billing_fundtransfer_of_a_claim CHECK (((((kind)::text = 'CONTRIBUTION'::text) OR (claim_id IS NOT NULL)) AND (1 = (
CASE
    WHEN ((kind)::text = 'CONTRIBUTION'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (claim_id IS NOT NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_fundtransfer_two_people CHECK (((NOT ((stage)::text = 'CONFIRMED'::text)) OR ((NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.billing_fundtransfer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_fundtransfer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_indicatorbaseline (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    indicator character varying(20) NOT NULL,
    industry character varying(2) NOT NULL,
    value numeric(4,1) NOT NULL,
    source character varying(200) NOT NULL,
    valid_from date NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT billing_indicatorbaseline_figures CHECK ((((indicator)::text = 'penetration'::text) AND (value >= (0)::numeric) AND (value <= (100)::numeric) AND ((industry)::text ~ '^([0-9]{2})?$'::text) AND (NOT ((source)::text = ''::text))))
);



ALTER TABLE public.billing_indicatorbaseline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_indicatorbaseline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_inspection (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    meter character varying(12) NOT NULL,
    local_day date NOT NULL,
    rejected integer NOT NULL,
    reference character varying(100) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    device_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT billing_inspection_rejected_check CHECK ((rejected >= 0))
);



ALTER TABLE public.billing_inspection ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_inspection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_interestclaim (
    id bigint NOT NULL,
    number smallint NOT NULL,
    through date NOT NULL,
    total_minor bigint NOT NULL,
    waived_minor bigint NOT NULL,
    stretches jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    document_id bigint NOT NULL,
    invoice_id bigint NOT NULL,
    made_by_id bigint NOT NULL,
    terms_id bigint NOT NULL,
    CONSTRAINT billing_interestclaim_not_below_nothing CHECK (((total_minor >= 0) AND (waived_minor >= 0))),
    CONSTRAINT billing_interestclaim_number_check CHECK ((number >= 0))
);



ALTER TABLE public.billing_interestclaim ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_interestclaim_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_interestwaiver (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint NOT NULL,
    reason character varying(300) NOT NULL,
    state character varying(7) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    granted_at timestamp with time zone,
    granted_by_id bigint,
    invoice_id bigint NOT NULL,
    made_by_id bigint NOT NULL,
    CONSTRAINT billing_interestwaiver_amount CHECK ((amount_minor > 0)),
    CONSTRAINT billing_interestwaiver_granted CHECK ((((granted_at IS NULL) AND (granted_by_id IS NULL) AND ((state)::text = 'WAITING'::text)) OR ((granted_at IS NOT NULL) AND (granted_by_id IS NOT NULL) AND ((state)::text = 'GRANTED'::text))))
);



ALTER TABLE public.billing_interestwaiver ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_interestwaiver_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_invoice (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    version smallint NOT NULL,
    status character varying(8) NOT NULL,
    number character varying(40),
    currency character varying(3) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    seller_facts jsonb NOT NULL,
    buyer_facts jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    drafted_at timestamp with time zone NOT NULL,
    issued_at timestamp with time zone,
    due_on date,
    buyer_id bigint NOT NULL,
    lease_id bigint,
    seller_id bigint NOT NULL,
    corrects_id bigint,
    kind character varying(11) NOT NULL,
    correction_id bigint,
    recorded jsonb NOT NULL,
    is_final boolean NOT NULL,
    vat jsonb NOT NULL,
    booking_id bigint,
    CONSTRAINT billing_invoice_gross CHECK ((gross_minor = (net_minor + tax_minor))),
    CONSTRAINT billing_invoice_issued_with_number CHECK ((((due_on IS NULL) AND (issued_at IS NULL) AND (number IS NULL) AND ((status)::text = 'DRAFT'::text)) OR ((due_on IS NOT NULL) AND (issued_at IS NOT NULL) AND (number IS NOT NULL) AND ((status)::text = 'ISSUED'::text)))),
    CONSTRAINT billing_invoice_kind CHECK ((((correction_id IS NULL) AND (corrects_id IS NULL) AND ((kind)::text = ANY (ARRAY[('INVOICE'::character varying)::text, ('INTEREST'::character varying)::text])) AND (version = 1)) OR ((correction_id IS NOT NULL) AND (corrects_id IS NOT NULL) AND (version > 1) AND (((gross_minor <= 0) AND ((kind)::text = 'CREDIT_NOTE'::text)) OR ((gross_minor > 0) AND ((kind)::text = 'DEBIT_NOTE'::text)))))),
    CONSTRAINT billing_invoice_one_subject CHECK ((((lease_id IS NULL) OR (booking_id IS NULL)) AND (1 = (
CASE
    WHEN (lease_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (booking_id IS NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_invoice_period_not_empty CHECK ((period_end > period_start)),
    CONSTRAINT billing_invoice_version_check CHECK ((version >= 0))
);



ALTER TABLE public.billing_invoice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_invoice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_invoiceline (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    component character varying(40) NOT NULL,
    kind character varying(12) NOT NULL,
    description character varying(80) NOT NULL,
    facts jsonb NOT NULL,
    meter character varying(12) NOT NULL,
    unit character varying(8) NOT NULL,
    quantity numeric(28,10),
    unit_price numeric(24,10),
    amount numeric(28,10) NOT NULL,
    currency character varying(3) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    tax_category character varying(20) NOT NULL,
    tax_rate numeric(6,4) NOT NULL,
    legal_basis character varying(80) NOT NULL,
    steps jsonb NOT NULL,
    invoice_id bigint NOT NULL,
    CONSTRAINT billing_invoiceline_gross CHECK ((gross_minor = (net_minor + tax_minor))),
    CONSTRAINT billing_invoiceline_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.billing_invoiceline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_invoiceline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_invoicelinefact (
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    source character varying(80) NOT NULL,
    tax_category character varying(20) NOT NULL,
    version smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    subject character varying(30) NOT NULL,
    text character varying(300) NOT NULL,
    line_id bigint NOT NULL,
    CONSTRAINT billing_invoicelinefact_named CHECK (((NOT ((kind)::text = ''::text)) AND (NOT ((source)::text = ''::text)))),
    CONSTRAINT billing_invoicelinefact_version_check CHECK ((version >= 0))
);



ALTER TABLE public.billing_invoicelinefact ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_invoicelinefact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_invoicelineusage (
    id bigint NOT NULL,
    line_id bigint NOT NULL,
    window_set_id bigint NOT NULL
);



ALTER TABLE public.billing_invoicelineusage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_invoicelineusage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_invoicerun (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    cut_off timestamp with time zone NOT NULL,
    "only" jsonb NOT NULL,
    jump_percent smallint NOT NULL,
    state character varying(13) NOT NULL,
    cursor bigint NOT NULL,
    looked integer NOT NULL,
    total integer NOT NULL,
    digest character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    approved_at timestamp with time zone,
    approved_alone boolean NOT NULL,
    approved_digest character varying(64) NOT NULL,
    stepped_at timestamp with time zone,
    ended_at timestamp with time zone,
    approver_id bigint,
    maker_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT billing_invoicerun_approved_as_seen CHECK ((((approved_at IS NULL) AND (approver_id IS NULL) AND ((state)::text = ANY (ARRAY[('PREVIEWING'::character varying)::text, ('PREVIEWED'::character varying)::text]))) OR ((state)::text = 'CANCELLED'::text) OR ((approved_at IS NOT NULL) AND ((approved_digest)::text = (digest)::text) AND (approver_id IS NOT NULL) AND ((state)::text = ANY (ARRAY[('APPROVED'::character varying)::text, ('RUNNING'::character varying)::text, ('FINISHED'::character varying)::text, ('WITH_FAILURES'::character varying)::text])) AND (NOT ((digest)::text = ''::text))))),
    CONSTRAINT billing_invoicerun_ended CHECK ((((ended_at IS NULL) AND ((state)::text = ANY (ARRAY[('APPROVED'::character varying)::text, ('PREVIEWED'::character varying)::text, ('PREVIEWING'::character varying)::text, ('RUNNING'::character varying)::text]))) OR ((NOT ((state)::text = ANY (ARRAY[('APPROVED'::character varying)::text, ('PREVIEWED'::character varying)::text, ('PREVIEWING'::character varying)::text, ('RUNNING'::character varying)::text]))) AND (ended_at IS NOT NULL)))),
    CONSTRAINT billing_invoicerun_jump_percent_check CHECK ((jump_percent >= 0)),
    CONSTRAINT billing_invoicerun_looked_at_no_more_than_all CHECK ((looked <= total)),
    CONSTRAINT billing_invoicerun_looked_check CHECK ((looked >= 0)),
    CONSTRAINT billing_invoicerun_total_check CHECK ((total >= 0)),
    CONSTRAINT billing_invoicerun_two_persons CHECK (((approver_id IS NULL) OR approved_alone OR (NOT ((approver_id = maker_id) AND (approver_id IS NOT NULL)))))
);



ALTER TABLE public.billing_invoicerun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_invoicerun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_journal (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(24) NOT NULL,
    effective_date date NOT NULL,
    occurred_on date NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    idempotency_key character varying(200) NOT NULL,
    content_hash character varying(64) NOT NULL,
    memo character varying(200) NOT NULL,
    source_type character varying(24) NOT NULL,
    source_id character varying(60) NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    made_in bigint NOT NULL,
    book_id bigint NOT NULL,
    reverses_id bigint,
    CONSTRAINT billing_journal_not_before_the_fact CHECK ((effective_date >= occurred_on)),
    CONSTRAINT billing_journal_of_no_referred_loan CHECK (((NOT ((source_type)::text = 'loan'::text)) AND (NOT ((source_id)::text ~~ 'lap\_%'::text))))
);



ALTER TABLE public.billing_journal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_journal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_journalline (
    id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    effective_date date NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    account_id bigint NOT NULL,
    equipment_id bigint,
    invoice_id bigint,
    journal_id bigint NOT NULL,
    lease_id bigint,
    owner_id bigint,
    party_id bigint,
    CONSTRAINT billing_journalline_not_nothing CHECK ((NOT (amount_minor = 0)))
);



ALTER TABLE public.billing_journalline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_journalline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_lateterms (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    valid_from date NOT NULL,
    rate numeric(9,8),
    per character varying(4) NOT NULL,
    day_count smallint NOT NULL,
    grace_days smallint NOT NULL,
    cap numeric(5,4),
    waived_alone_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    CONSTRAINT billing_lateterms_day_count_check CHECK ((day_count >= 0)),
    CONSTRAINT billing_lateterms_figures CHECK ((((rate IS NULL) OR ((rate > (0)::numeric) AND (rate <= (1)::numeric))) AND ((cap IS NULL) OR ((cap > (0)::numeric) AND (cap <= (1)::numeric))) AND (day_count = ANY (ARRAY[360, 365])) AND (waived_alone_minor >= 0))),
    CONSTRAINT billing_lateterms_grace_days_check CHECK ((grace_days >= 0))
);



ALTER TABLE public.billing_lateterms ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_lateterms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_linedispute (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reason character varying(500) NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    answer_by timestamp with time zone NOT NULL,
    outcome character varying(10) NOT NULL,
    answer character varying(500) NOT NULL,
    conceded_minor bigint NOT NULL,
    decided_at timestamp with time zone,
    decided_by_id bigint,
    line_id bigint NOT NULL,
    raised_by_id bigint NOT NULL,
    objection_id bigint,
    CONSTRAINT billing_linedispute_conceded_amount CHECK ((((conceded_minor > 0) AND ((outcome)::text = 'CONCEDED'::text)) OR ((NOT ((outcome)::text = 'CONCEDED'::text)) AND (conceded_minor = 0)))),
    CONSTRAINT billing_linedispute_decided_by_somebody CHECK ((((decided_at IS NULL) AND (decided_by_id IS NULL) AND ((outcome)::text = 'OPEN'::text)) OR ((NOT ((outcome)::text = 'OPEN'::text)) AND (decided_at IS NOT NULL) AND (decided_by_id IS NOT NULL))))
);



ALTER TABLE public.billing_linedispute ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_linedispute_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_linemediation (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    side character varying(10) NOT NULL,
    reason character varying(500) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    amount_minor bigint,
    proposal character varying(500) NOT NULL,
    proposed_at timestamp with time zone,
    buyer_accepted_at timestamp with time zone,
    seller_accepted_at timestamp with time zone,
    closed_at timestamp with time zone,
    dispute_id bigint NOT NULL,
    CONSTRAINT billing_linemediation_accepted_what_was_proposed CHECK (((amount_minor IS NOT NULL) OR ((buyer_accepted_at IS NULL) AND (seller_accepted_at IS NULL)))),
    CONSTRAINT billing_linemediation_agreed_by_both CHECK (((((state)::text = 'AGREED'::text) OR (NOT ((buyer_accepted_at IS NOT NULL) AND (seller_accepted_at IS NOT NULL)))) AND (1 = (
CASE
    WHEN ((state)::text = 'AGREED'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((buyer_accepted_at IS NOT NULL) AND (seller_accepted_at IS NOT NULL))) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_linemediation_asked_by_a_side CHECK (((side)::text = ANY (ARRAY[('buyer'::character varying)::text, ('seller'::character varying)::text]))),
    CONSTRAINT billing_linemediation_closed_at CHECK ((((closed_at IS NULL) OR (NOT ((state)::text = ANY (ARRAY[('ASKED'::character varying)::text, ('PROPOSED'::character varying)::text])))) AND (1 = (
CASE
    WHEN (closed_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((state)::text = ANY (ARRAY[('ASKED'::character varying)::text, ('PROPOSED'::character varying)::text]))) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_linemediation_proposed_by_state CHECK (((NOT ((amount_minor IS NOT NULL) AND ((state)::text = ANY (ARRAY[('ASKED'::character varying)::text, ('WITHDRAWN'::character varying)::text])))) AND (NOT ((amount_minor IS NULL) AND ((state)::text = ANY (ARRAY[('AGREED'::character varying)::text, ('PROPOSED'::character varying)::text, ('REFUSED'::character varying)::text])))))),
    CONSTRAINT billing_linemediation_proposed_whole CHECK ((((amount_minor IS NULL) AND ((proposal)::text = ''::text) AND (proposed_at IS NULL)) OR ((amount_minor >= 0) AND (proposed_at IS NOT NULL) AND (NOT ((proposal)::text = ''::text)))))
);



ALTER TABLE public.billing_linemediation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_linemediation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loanapplication (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    months smallint NOT NULL,
    wanted_for character varying(500) NOT NULL,
    consents jsonb NOT NULL,
    handed_over jsonb NOT NULL,
    consent_digest character varying(64) NOT NULL,
    applied_by character varying(30) NOT NULL,
    applied_by_name character varying(80) NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    status character varying(10) NOT NULL,
    lease_id bigint NOT NULL,
    lender_id bigint NOT NULL,
    lessee_id bigint NOT NULL,
    product_id bigint NOT NULL,
    CONSTRAINT billing_loanapplication_amounts CHECK (((amount_minor > 0) AND (months >= 1))),
    CONSTRAINT billing_loanapplication_months_check CHECK ((months >= 0)),
    CONSTRAINT billing_loanapplication_two_sides CHECK ((NOT (lender_id = lessee_id)))
);



ALTER TABLE public.billing_loanapplication ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loanapplication_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loaninstalment (
    id bigint NOT NULL,
    number smallint NOT NULL,
    due_on date NOT NULL,
    principal_minor bigint NOT NULL,
    interest_minor bigint NOT NULL,
    offer_id bigint NOT NULL,
    CONSTRAINT billing_loaninstalment_not_negative CHECK (((interest_minor >= 0) AND (number >= 1) AND (principal_minor >= 0))),
    CONSTRAINT billing_loaninstalment_number_check CHECK ((number >= 0))
);



ALTER TABLE public.billing_loaninstalment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loaninstalment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loanlicence (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number character varying(60) NOT NULL,
    authority character varying(120) NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT billing_loanlicence_period_not_empty CHECK ((valid_until >= valid_from))
);



ALTER TABLE public.billing_loanlicence ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loanlicence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loanoffer (
    id bigint NOT NULL,
    number smallint NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    months smallint NOT NULL,
    yearly_percent numeric(9,6) NOT NULL,
    method character varying(16) NOT NULL,
    day_count character varying(8) NOT NULL,
    fee_percent numeric(9,6) NOT NULL,
    early_percent numeric(9,6) NOT NULL,
    starts_on date NOT NULL,
    stands_until date NOT NULL,
    yearly_cost numeric(12,8) NOT NULL,
    digest character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    application_id bigint NOT NULL,
    CONSTRAINT billing_loanoffer_amounts CHECK (((amount_minor > 0) AND (months >= 1) AND (starts_on >= stands_until))),
    CONSTRAINT billing_loanoffer_months_check CHECK ((months >= 0)),
    CONSTRAINT billing_loanoffer_number_check CHECK ((number >= 0))
);



ALTER TABLE public.billing_loanoffer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loanoffer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loanpayment (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    kind character varying(10) NOT NULL,
    paid_on date NOT NULL,
    amount_minor bigint NOT NULL,
    reference character varying(60) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    application_id bigint NOT NULL,
    takes_back_id bigint,
    CONSTRAINT billing_loanpayment_amount CHECK ((amount_minor > 0)),
    CONSTRAINT billing_loanpayment_position_check CHECK (("position" >= 0)),
    CONSTRAINT billing_loanpayment_takes_back_one CHECK (((((kind)::text = 'TAKEN_BACK'::text) OR (takes_back_id IS NULL)) AND (1 = (
CASE
    WHEN ((kind)::text = 'TAKEN_BACK'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (takes_back_id IS NULL) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.billing_loanpayment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loanpayment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loanproduct (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    purpose character varying(8) NOT NULL,
    name character varying(80) NOT NULL,
    method character varying(16) NOT NULL,
    day_count character varying(8) NOT NULL,
    yearly_percent numeric(9,6) NOT NULL,
    fee_percent numeric(9,6) NOT NULL,
    early_percent numeric(9,6) NOT NULL,
    currency character varying(3) NOT NULL,
    least_minor bigint NOT NULL,
    most_minor bigint NOT NULL,
    least_months smallint NOT NULL,
    most_months smallint NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    lender_id bigint NOT NULL,
    CONSTRAINT billing_loanproduct_least_months_check CHECK ((least_months >= 0)),
    CONSTRAINT billing_loanproduct_most_months_check CHECK ((most_months >= 0)),
    CONSTRAINT billing_loanproduct_ranges CHECK (((least_minor > 0) AND (least_months >= 1) AND (most_minor >= least_minor) AND (most_months >= least_months) AND (valid_until >= valid_from))),
    CONSTRAINT billing_loanproduct_rates CHECK (((early_percent >= (0)::numeric) AND (early_percent <= (10)::numeric) AND (fee_percent >= (0)::numeric) AND (fee_percent <= (10)::numeric) AND (yearly_percent >= (0)::numeric) AND (yearly_percent <= (36)::numeric)))
);



ALTER TABLE public.billing_loanproduct ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loanproduct_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_loanstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel character varying(8) NOT NULL,
    reason_code character varying(40) NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(10) NOT NULL,
    status_after character varying(10) NOT NULL,
    application_id bigint NOT NULL,
    CONSTRAINT billing_loanstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.billing_loanstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_loanstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_mediationstep (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    act character varying(10) NOT NULL,
    side character varying(10) NOT NULL,
    amount_minor bigint,
    text character varying(500) NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    organization_name character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    mediation_id bigint NOT NULL,
    CONSTRAINT billing_mediationstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.billing_mediationstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_mediationstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_meteringplan (
    id bigint NOT NULL,
    rules character varying(64) NOT NULL,
    content jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    unit_id bigint NOT NULL
);



ALTER TABLE public.billing_meteringplan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_meteringplan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_numbersequence (
    id bigint NOT NULL,
    year smallint NOT NULL,
    last integer NOT NULL,
    seller_id bigint NOT NULL,
    CONSTRAINT billing_numbersequence_last_check CHECK ((last >= 0)),
    CONSTRAINT billing_numbersequence_year_check CHECK ((year >= 0))
);



ALTER TABLE public.billing_numbersequence ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_numbersequence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_overduetelling (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    invoice_id bigint NOT NULL
);



ALTER TABLE public.billing_overduetelling ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_overduetelling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_paymentpromise (
    id bigint NOT NULL,
    promised_on date NOT NULL,
    note character varying(300) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    invoice_id bigint NOT NULL,
    made_by_id bigint NOT NULL
);



ALTER TABLE public.billing_paymentpromise ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_paymentpromise_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_periodlock (
    id bigint NOT NULL,
    level character varying(4) NOT NULL,
    through date,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    book_id bigint NOT NULL,
    unlock_id bigint
);



ALTER TABLE public.billing_periodlock ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_periodlock_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_periodunlock (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    through date,
    reason character varying(500) NOT NULL,
    stage character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    book_id bigint NOT NULL,
    CONSTRAINT billing_periodunlock_checked_by_somebody CHECK (((((stage)::text = 'OPEN'::text) OR (NOT ((checker)::text = ''::text))) AND (1 = (
CASE
    WHEN ((stage)::text = 'OPEN'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((checker)::text = ''::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_periodunlock_has_a_reason CHECK ((NOT ((reason)::text = ''::text))),
    CONSTRAINT billing_periodunlock_two_persons CHECK (((NOT ((stage)::text = 'DONE'::text)) OR (NOT ((checker)::text = (maker)::text))))
);



ALTER TABLE public.billing_periodunlock ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_periodunlock_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_redletter (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number character varying(20) NOT NULL,
    reason character varying(13) NOT NULL,
    remark character varying(200) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    face jsonb NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    lapses_at timestamp with time zone,
    state character varying(9) NOT NULL,
    applicant_id bigint NOT NULL,
    blue_id bigint NOT NULL,
    note_id bigint NOT NULL,
    CONSTRAINT billing_redletter_awaited_by_somebody CHECK (((lapses_at IS NOT NULL) OR (NOT ((state)::text = ANY (ARRAY[('AWAITING'::character varying)::text, ('LAPSED'::character varying)::text]))))),
    CONSTRAINT billing_redletter_in_72_hours CHECK (((lapses_at IS NULL) OR (lapses_at = (applied_at + '3 days'::interval)))),
    CONSTRAINT billing_redletter_takes_back CHECK (((net_minor < 0) OR ((net_minor = 0) AND (tax_minor < 0)))),
    CONSTRAINT billing_redletter_twenty_digits CHECK (((number)::text ~ '^[0-9]{20}$'::text))
);



ALTER TABLE public.billing_redletter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_redletter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_redlettermove (
    id bigint NOT NULL,
    move character varying(7) NOT NULL,
    state character varying(9) NOT NULL,
    why character varying(200) NOT NULL,
    by character varying(30) NOT NULL,
    by_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    letter_id bigint NOT NULL,
    organization_id bigint
);



ALTER TABLE public.billing_redlettermove ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_redlettermove_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_reviewdecision (
    id bigint NOT NULL,
    side character varying(6) NOT NULL,
    verdict character varying(4) NOT NULL,
    reason character varying(500) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    item_id bigint NOT NULL
);



ALTER TABLE public.billing_reviewdecision ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_reviewdecision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_reviewitem (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    meter character varying(12) NOT NULL,
    local_day date NOT NULL,
    reason character varying(12) NOT NULL,
    digest character varying(64) NOT NULL,
    quantity numeric(40,18) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    outcome character varying(10) NOT NULL,
    decided_at timestamp with time zone,
    by_rule boolean NOT NULL,
    device_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    opened_with_id bigint,
    CONSTRAINT billing_reviewitem_decided_once_decided CHECK (((((outcome)::text = 'WAITING'::text) OR (decided_at IS NOT NULL)) AND (1 = (
CASE
    WHEN ((outcome)::text = 'WAITING'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (decided_at IS NOT NULL) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.billing_reviewitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_reviewitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_runitem (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    flags jsonb NOT NULL,
    problem_code character varying(60) NOT NULL,
    problem_text text NOT NULL,
    problem_facts jsonb NOT NULL,
    problem_pointer character varying(200) NOT NULL,
    reason character varying(500) NOT NULL,
    settled_at timestamp with time zone,
    lease_id bigint,
    left_out_by_id bigint,
    run_id bigint NOT NULL,
    booking_id bigint,
    CONSTRAINT billing_runitem_left_out_by_somebody CHECK ((((left_out_by_id IS NOT NULL) AND ((state)::text = 'LEFT_OUT'::text) AND (NOT ((reason)::text = ''::text))) OR ((NOT ((state)::text = 'LEFT_OUT'::text)) AND (left_out_by_id IS NULL) AND ((reason)::text = ''::text)))),
    CONSTRAINT billing_runitem_one_subject CHECK ((((lease_id IS NULL) OR (booking_id IS NULL)) AND (1 = (
CASE
    WHEN (lease_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (booking_id IS NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT billing_runitem_period_not_empty CHECK ((period_end > period_start)),
    CONSTRAINT billing_runitem_says_what_stops_it CHECK (((((state)::text = ANY (ARRAY[('BLOCKED'::character varying)::text, ('CHANGED'::character varying)::text, ('FAILED'::character varying)::text, ('UNRATEABLE'::character varying)::text])) OR ((problem_code)::text = ''::text)) AND (1 = (
CASE
    WHEN ((state)::text = ANY (ARRAY[('BLOCKED'::character varying)::text, ('CHANGED'::character varying)::text, ('FAILED'::character varying)::text, ('UNRATEABLE'::character varying)::text])) THEN 1
    ELSE 0
END +
CASE
    WHEN ((problem_code)::text = ''::text) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.billing_runitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_runitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_runpart (
    id bigint NOT NULL,
    currency character varying(3) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    last_gross_minor bigint,
    digest character varying(64) NOT NULL,
    flags jsonb NOT NULL,
    changes jsonb NOT NULL,
    invoice_id bigint,
    item_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    CONSTRAINT billing_runpart_gross CHECK ((gross_minor = (net_minor + tax_minor)))
);



ALTER TABLE public.billing_runpart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_runpart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_seal (
    id bigint NOT NULL,
    number bigint NOT NULL,
    prev_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    book_id bigint NOT NULL,
    journal_id bigint NOT NULL
);



ALTER TABLE public.billing_seal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_seal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidyadmission (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    admitted_on date NOT NULL,
    basis character varying(200) NOT NULL,
    admitted_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_on date,
    lessee_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    CONSTRAINT billing_subsidyadmission_in_order CHECK (((ended_on IS NULL) OR (ended_on >= admitted_on)))
);



ALTER TABLE public.billing_subsidyadmission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidyadmission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidybudget (
    id bigint NOT NULL,
    number smallint NOT NULL,
    budget_minor bigint NOT NULL,
    basis character varying(200) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    programme_id bigint NOT NULL,
    CONSTRAINT billing_subsidybudget_amount CHECK ((budget_minor >= 0)),
    CONSTRAINT billing_subsidybudget_number_check CHECK ((number >= 0))
);



ALTER TABLE public.billing_subsidybudget ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidybudget_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidygrant (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    year smallint NOT NULL,
    base_minor bigint NOT NULL,
    wanted_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    steps jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    first_id bigint NOT NULL,
    invoice_id bigint NOT NULL,
    journal_id bigint,
    lessee_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    rules_id bigint NOT NULL,
    CONSTRAINT billing_subsidygrant_year_check CHECK ((year >= 0))
);



ALTER TABLE public.billing_subsidygrant ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidygrant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidyitem (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint NOT NULL,
    confirmed_minor bigint,
    reason character varying(500) NOT NULL,
    stands boolean NOT NULL,
    grant_id bigint NOT NULL,
    settlement_id bigint NOT NULL,
    CONSTRAINT billing_subsidyitem_confirmed CHECK (((confirmed_minor IS NULL) OR (confirmed_minor = amount_minor) OR ((confirmed_minor >= 0) AND (confirmed_minor < amount_minor) AND (NOT ((reason)::text = ''::text)))))
);



ALTER TABLE public.billing_subsidyitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidyitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidyprogramme (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(120) NOT NULL,
    authority_name character varying(120) NOT NULL,
    mode character varying(7) NOT NULL,
    opened_by_name character varying(80) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    authority_id bigint,
    operator_id bigint NOT NULL
);



ALTER TABLE public.billing_subsidyprogramme ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidyprogramme_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidyrules (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number smallint NOT NULL,
    basis character varying(200) NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    rate_percent numeric(7,4) NOT NULL,
    lessee_cap_minor bigint,
    least_minor bigint NOT NULL,
    with_vat boolean NOT NULL,
    by_admission boolean NOT NULL,
    regions character varying(8)[] NOT NULL,
    kinds character varying(20)[] NOT NULL,
    industries character varying(8)[] NOT NULL,
    categories character varying(20)[] NOT NULL,
    components character varying(12)[] NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    programme_id bigint NOT NULL,
    CONSTRAINT billing_subsidyrules_figures CHECK (((least_minor >= 0) AND (rate_percent > (0)::numeric) AND (rate_percent <= (100)::numeric) AND (valid_until > valid_from) AND ((lessee_cap_minor IS NULL) OR (lessee_cap_minor >= 0)))),
    CONSTRAINT billing_subsidyrules_number_check CHECK ((number >= 0))
);



ALTER TABLE public.billing_subsidyrules ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidyrules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidysettlement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    month date NOT NULL,
    status character varying(9) NOT NULL,
    total_minor bigint NOT NULL,
    confirmed_minor bigint,
    answer character varying(60) NOT NULL,
    paid_on date,
    bank_reference character varying(60) NOT NULL,
    drafted_by character varying(30) NOT NULL,
    drafted_at timestamp with time zone NOT NULL,
    submitted_by character varying(30) NOT NULL,
    confirmed_by character varying(30) NOT NULL,
    paid_by character varying(30) NOT NULL,
    handed_by character varying(30) NOT NULL,
    programme_id bigint NOT NULL,
    CONSTRAINT billing_subsidysettlement_confirmed CHECK (((confirmed_minor IS NULL) OR ((confirmed_minor >= 0) AND (confirmed_minor <= total_minor)))),
    CONSTRAINT billing_subsidysettlement_total CHECK ((total_minor > 0)),
    CONSTRAINT billing_subsidysettlement_two_people CHECK (((((submitted_by)::text = ''::text) OR (NOT ((submitted_by)::text = (drafted_by)::text))) AND (((paid_by)::text = ''::text) OR (NOT ((paid_by)::text = (confirmed_by)::text))) AND (((handed_by)::text = ''::text) OR (NOT ((handed_by)::text = (paid_by)::text)))))
);



ALTER TABLE public.billing_subsidysettlement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidysettlement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_subsidystep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel character varying(8) NOT NULL,
    reason_code character varying(40) NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(9) NOT NULL,
    status_after character varying(9) NOT NULL,
    settlement_id bigint NOT NULL,
    CONSTRAINT billing_subsidystep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.billing_subsidystep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_subsidystep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_syntheticcontract (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    seed bigint NOT NULL,
    origin bigint NOT NULL,
    sent_to timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    stopped_at timestamp with time zone,
    lease_id bigint NOT NULL,
    device_id bigint NOT NULL
);



ALTER TABLE public.billing_syntheticcontract ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_syntheticcontract_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_tape (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    through date NOT NULL,
    known_at timestamp with time zone NOT NULL,
    version smallint NOT NULL,
    salt character varying(32) NOT NULL,
    rows integer NOT NULL,
    content jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    book_id bigint NOT NULL,
    seller_id bigint,
    CONSTRAINT billing_tape_hashed CHECK (((digest)::text ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT billing_tape_known_before_it_is_made CHECK ((known_at <= made_at)),
    CONSTRAINT billing_tape_rows_check CHECK ((rows >= 0)),
    CONSTRAINT billing_tape_version_check CHECK ((version >= 0))
);



ALTER TABLE public.billing_tape ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_tape_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_taxdocument (
    id bigint NOT NULL,
    form character varying(3) NOT NULL,
    content bytea NOT NULL,
    size integer NOT NULL,
    sha256 character varying(64) NOT NULL,
    added_by character varying(30) NOT NULL,
    added_at timestamp with time zone NOT NULL,
    tax_invoice_id bigint NOT NULL,
    CONSTRAINT billing_taxdocument_hashed CHECK (((sha256)::text ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT billing_taxdocument_size_check CHECK ((size >= 0))
);



ALTER TABLE public.billing_taxdocument ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_taxdocument_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_taxinvoice (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(8) NOT NULL,
    number character varying(20) NOT NULL,
    issued_on date NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    face jsonb NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    withdrawn_by character varying(30) NOT NULL,
    withdrawn_why character varying(200) NOT NULL,
    invoice_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    through smallint NOT NULL,
    red_letter_id bigint,
    CONSTRAINT billing_taxinvoice_through_check CHECK ((through >= 0)),
    CONSTRAINT billing_taxinvoice_twenty_digits CHECK (((number)::text ~ '^[0-9]{20}$'::text)),
    CONSTRAINT billing_taxinvoice_withdrawn_with_reason CHECK ((((withdrawn_at IS NULL) AND ((withdrawn_by)::text = ''::text) AND ((withdrawn_why)::text = ''::text)) OR ((withdrawn_at IS NOT NULL) AND (NOT ((withdrawn_by)::text = ''::text)) AND (NOT ((withdrawn_why)::text = ''::text)))))
);



ALTER TABLE public.billing_taxinvoice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_taxinvoice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_taxinvoiceuse (
    id bigint NOT NULL,
    use character varying(8) NOT NULL,
    by character varying(30) NOT NULL,
    by_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL,
    tax_invoice_id bigint NOT NULL
);



ALTER TABLE public.billing_taxinvoiceuse ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_taxinvoiceuse_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_usagewindow (
    id bigint NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    quantity numeric(40,18) NOT NULL,
    held boolean NOT NULL,
    flags smallint NOT NULL,
    first_order bigint NOT NULL,
    last_order bigint NOT NULL,
    device_id bigint NOT NULL,
    set_id bigint NOT NULL,
    arrival_hi bigint NOT NULL,
    arrival_lo bigint NOT NULL,
    reason smallint NOT NULL,
    CONSTRAINT billing_usagewindow_flags_check CHECK ((flags >= 0)),
    CONSTRAINT billing_usagewindow_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT billing_usagewindow_reason_check CHECK ((reason >= 0))
);



ALTER TABLE public.billing_usagewindow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_usagewindow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.billing_watermark (
    id bigint NOT NULL,
    arrival bigint NOT NULL,
    rule_version smallint NOT NULL,
    active_to timestamp with time zone,
    event_limit timestamp with time zone,
    metered_at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    basis character varying(64) NOT NULL,
    "order" bigint NOT NULL,
    CONSTRAINT billing_watermark_rule_version_check CHECK ((rule_version >= 0))
);



ALTER TABLE public.billing_watermark ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_watermark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



ALTER TABLE public.billing_windowset ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_windowset_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_archive (
    device_id bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    received_lo timestamp with time zone NOT NULL,
    received_hi timestamp with time zone NOT NULL,
    sequence_lo bigint NOT NULL,
    sequence_hi bigint NOT NULL,
    at_lo bigint NOT NULL,
    at_hi bigint NOT NULL,
    epoch_number integer NOT NULL,
    count integer NOT NULL,
    evidence bytea NOT NULL,
    ordinary bytea NOT NULL,
    private bytea NOT NULL,
    facts bytea NOT NULL,
    leaf bytea NOT NULL,
    CONSTRAINT devices_archive_run CHECK (((first <= last) AND (received_lo <= received_hi) AND (sequence_lo <= sequence_hi) AND (at_lo <= at_hi) AND (count > 0) AND (octet_length(leaf) = 32)))
)
PARTITION BY RANGE (received_lo);
ALTER TABLE ONLY public.devices_archive ALTER COLUMN evidence SET COMPRESSION pglz;
ALTER TABLE ONLY public.devices_archive ALTER COLUMN ordinary SET COMPRESSION pglz;
ALTER TABLE ONLY public.devices_archive ALTER COLUMN private SET COMPRESSION pglz;
ALTER TABLE ONLY public.devices_archive ALTER COLUMN facts SET COMPRESSION pglz;



CREATE TABLE public.devices_archive_rest (
    device_id bigint CONSTRAINT devices_archive_device_id_not_null NOT NULL,
    first bigint CONSTRAINT devices_archive_first_not_null NOT NULL,
    last bigint CONSTRAINT devices_archive_last_not_null NOT NULL,
    received_lo timestamp with time zone CONSTRAINT devices_archive_received_lo_not_null NOT NULL,
    received_hi timestamp with time zone CONSTRAINT devices_archive_received_hi_not_null NOT NULL,
    sequence_lo bigint CONSTRAINT devices_archive_sequence_lo_not_null NOT NULL,
    sequence_hi bigint CONSTRAINT devices_archive_sequence_hi_not_null NOT NULL,
    at_lo bigint CONSTRAINT devices_archive_at_lo_not_null NOT NULL,
    at_hi bigint CONSTRAINT devices_archive_at_hi_not_null NOT NULL,
    epoch_number integer CONSTRAINT devices_archive_epoch_number_not_null NOT NULL,
    count integer CONSTRAINT devices_archive_count_not_null NOT NULL,
    evidence bytea CONSTRAINT devices_archive_evidence_not_null NOT NULL,
    ordinary bytea CONSTRAINT devices_archive_ordinary_not_null NOT NULL,
    private bytea CONSTRAINT devices_archive_private_not_null NOT NULL,
    facts bytea CONSTRAINT devices_archive_facts_not_null NOT NULL,
    leaf bytea CONSTRAINT devices_archive_leaf_not_null NOT NULL,
    CONSTRAINT devices_archive_run CHECK (((first <= last) AND (received_lo <= received_hi) AND (sequence_lo <= sequence_hi) AND (at_lo <= at_hi) AND (count > 0) AND (octet_length(leaf) = 32)))
);
ALTER TABLE ONLY public.devices_archive_rest ALTER COLUMN evidence SET COMPRESSION pglz;
ALTER TABLE ONLY public.devices_archive_rest ALTER COLUMN ordinary SET COMPRESSION pglz;
ALTER TABLE ONLY public.devices_archive_rest ALTER COLUMN private SET COMPRESSION pglz;
ALTER TABLE ONLY public.devices_archive_rest ALTER COLUMN facts SET COMPRESSION pglz;



CREATE TABLE public.devices_binding (
    id bigint NOT NULL,
    period tstzrange NOT NULL,
    equipment_id bigint NOT NULL,
    device_id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    CONSTRAINT devices_binding_period_not_empty CHECK ((NOT isempty(period)))
);



ALTER TABLE public.devices_binding ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_binding_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_block (
    device_id bigint NOT NULL,
    arrival bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    epoch_number integer NOT NULL,
    sequence_lo bigint NOT NULL,
    sequence_hi bigint NOT NULL,
    count integer NOT NULL,
    at_lo bigint NOT NULL,
    at_hi bigint NOT NULL,
    evidence bytea NOT NULL,
    ordinary bytea NOT NULL,
    private bytea NOT NULL,
    life bytea NOT NULL,
    body_hash bytea NOT NULL,
    leaf bytea NOT NULL,
    salt bytea NOT NULL,
    CONSTRAINT devices_block_sequences CHECK (((sequence_lo <= sequence_hi) AND (at_lo <= at_hi) AND (count > 0)))
)
PARTITION BY RANGE (received_at);
ALTER TABLE ONLY public.devices_block ALTER COLUMN evidence SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.devices_block ALTER COLUMN ordinary SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.devices_block ALTER COLUMN private SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.devices_block ALTER COLUMN life SET STORAGE EXTERNAL;



CREATE TABLE public.devices_block_rest (
    device_id bigint CONSTRAINT devices_block_device_id_not_null NOT NULL,
    arrival bigint CONSTRAINT devices_block_arrival_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT devices_block_received_at_not_null NOT NULL,
    epoch_number integer CONSTRAINT devices_block_epoch_number_not_null NOT NULL,
    sequence_lo bigint CONSTRAINT devices_block_sequence_lo_not_null NOT NULL,
    sequence_hi bigint CONSTRAINT devices_block_sequence_hi_not_null NOT NULL,
    count integer CONSTRAINT devices_block_count_not_null NOT NULL,
    at_lo bigint CONSTRAINT devices_block_at_lo_not_null NOT NULL,
    at_hi bigint CONSTRAINT devices_block_at_hi_not_null NOT NULL,
    evidence bytea CONSTRAINT devices_block_evidence_not_null NOT NULL,
    ordinary bytea CONSTRAINT devices_block_ordinary_not_null NOT NULL,
    private bytea CONSTRAINT devices_block_private_not_null NOT NULL,
    life bytea CONSTRAINT devices_block_life_not_null NOT NULL,
    body_hash bytea CONSTRAINT devices_block_body_hash_not_null NOT NULL,
    leaf bytea CONSTRAINT devices_block_leaf_not_null NOT NULL,
    salt bytea CONSTRAINT devices_block_salt_not_null NOT NULL,
    CONSTRAINT devices_block_sequences CHECK (((sequence_lo <= sequence_hi) AND (at_lo <= at_hi) AND (count > 0)))
);
ALTER TABLE ONLY public.devices_block_rest ALTER COLUMN evidence SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.devices_block_rest ALTER COLUMN ordinary SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.devices_block_rest ALTER COLUMN private SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.devices_block_rest ALTER COLUMN life SET STORAGE EXTERNAL;



CREATE TABLE public.devices_channel (
    id bigint NOT NULL,
    number smallint NOT NULL,
    key character varying(200) NOT NULL,
    name character varying(120) NOT NULL,
    name_zh character varying(120) NOT NULL,
    kind character varying(10) NOT NULL,
    category character varying(24) NOT NULL,
    retention character varying(10) NOT NULL,
    unit character varying(24) NOT NULL,
    counter_behaviour jsonb NOT NULL,
    device_id bigint NOT NULL,
    limits_source character varying(200) NOT NULL,
    warn_high numeric(36,18),
    warn_low numeric(36,18),
    CONSTRAINT devices_channel_limits_in_order CHECK (((warn_low IS NULL) OR (warn_high IS NULL) OR (warn_low < warn_high))),
    CONSTRAINT devices_channel_limits_of_gauges_with_source CHECK (((((limits_source)::text = ''::text) AND (warn_high IS NULL) AND (warn_low IS NULL)) OR (((kind)::text = 'GAUGE'::text) AND ((warn_low IS NOT NULL) OR (warn_high IS NOT NULL)) AND (NOT ((limits_source)::text = ''::text))))),
    CONSTRAINT devices_channel_number_check CHECK ((number >= 0)),
    CONSTRAINT devices_channel_private_categories_stay_private CHECK (((NOT ((category)::text = ANY (ARRAY[('process_parameters'::character varying)::text, ('operator_data'::character varying)::text]))) OR ((retention)::text = 'PRIVATE'::text)))
);



ALTER TABLE public.devices_channel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_channel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_claimcode (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    prefix character varying(4) NOT NULL,
    code_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    replaced_at timestamp with time zone,
    wrong_tries smallint NOT NULL,
    device_id bigint NOT NULL,
    CONSTRAINT devices_claimcode_wrong_tries_check CHECK ((wrong_tries >= 0))
);



ALTER TABLE public.devices_claimcode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_claimcode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_countersignature (
    id bigint NOT NULL,
    signature bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    head_id bigint NOT NULL,
    key_id bigint NOT NULL,
    CONSTRAINT devices_countersignature_hash CHECK ((octet_length(signature) = 64))
);



ALTER TABLE public.devices_countersignature ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_countersignature_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_daysignature (
    id bigint NOT NULL,
    day date NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    root bytea NOT NULL,
    signature bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    key_id bigint NOT NULL,
    CONSTRAINT devices_daysignature_hash CHECK (((octet_length(root) = 32) AND (octet_length(signature) = 64))),
    CONSTRAINT devices_daysignature_not_empty CHECK ((last >= first))
);



ALTER TABLE public.devices_daysignature ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_daysignature_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_device (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    code character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    zone character varying(40) NOT NULL,
    silence_limit_seconds integer,
    commissioned_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    owner_id bigint NOT NULL,
    CONSTRAINT devices_device_silence_is_a_minute_or_more CHECK (((silence_limit_seconds IS NULL) OR (silence_limit_seconds >= 60))),
    CONSTRAINT devices_device_silence_limit_seconds_check CHECK ((silence_limit_seconds >= 0))
);



ALTER TABLE public.devices_device ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_device_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_devicekey (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    identifier character varying(16) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    device_id bigint NOT NULL,
    ends_at timestamp with time zone,
    replaces_id bigint
);



ALTER TABLE public.devices_devicekey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_devicekey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_devicesigningkey (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    device_id bigint NOT NULL,
    CONSTRAINT devices_devicesigningkey_hash CHECK ((octet_length(public_key) = 32))
);



ALTER TABLE public.devices_devicesigningkey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_devicesigningkey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_epoch (
    id bigint NOT NULL,
    number integer NOT NULL,
    label character varying(80) NOT NULL,
    covered int8multirange NOT NULL,
    began_at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    CONSTRAINT devices_epoch_number_check CHECK ((number >= 0))
)
WITH (fillfactor='50');



ALTER TABLE public.devices_epoch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_epoch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_erasedrun (
    id bigint NOT NULL,
    retention character varying(10) NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    deliveries integer NOT NULL,
    readings bigint NOT NULL,
    groups bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    erasure_id bigint NOT NULL,
    CONSTRAINT devices_erasedrun_deliveries_check CHECK ((deliveries >= 0)),
    CONSTRAINT devices_erasedrun_readings_check CHECK ((readings >= 0))
);



ALTER TABLE public.devices_erasedrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_erasedrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_erasure (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    retention character varying(10) NOT NULL,
    channels character varying(200)[] NOT NULL,
    period tstzrange NOT NULL,
    reference character varying(30) NOT NULL,
    ordered_at timestamp with time zone NOT NULL,
    upto bigint NOT NULL,
    reached bigint NOT NULL,
    items integer NOT NULL,
    words integer NOT NULL,
    done_at timestamp with time zone,
    device_id bigint NOT NULL,
    CONSTRAINT devices_erasure_bounded CHECK (((NOT isempty(period)) AND (NOT lower_inf(period)) AND (NOT upper_inf(period)))),
    CONSTRAINT devices_erasure_items_check CHECK ((items >= 0)),
    CONSTRAINT devices_erasure_words_check CHECK ((words >= 0))
);



ALTER TABLE public.devices_erasure ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_erasure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_gap (
    id bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    noticed_at timestamp with time zone NOT NULL,
    filled_at timestamp with time zone,
    device_id bigint NOT NULL,
    epoch_id bigint NOT NULL,
    CONSTRAINT devices_gap_not_empty CHECK ((last >= first))
);



ALTER TABLE public.devices_gap ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_head (
    device_id bigint NOT NULL,
    arrivals bigint NOT NULL,
    leaf bytea NOT NULL,
    last_received_at timestamp with time zone,
    last_reading_at timestamp with time zone,
    revision bigint NOT NULL,
    paid_until timestamp with time zone
)
WITH (fillfactor='50');



CREATE VIEW public.devices_holding AS
 SELECT devices_block.device_id,
    devices_block.arrival AS first,
    devices_block.arrival AS last,
    devices_block.received_at AS received_lo,
    devices_block.received_at AS received_hi,
    devices_block.epoch_number,
    devices_block.sequence_lo,
    devices_block.sequence_hi,
    devices_block.count,
    devices_block.at_lo,
    devices_block.at_hi,
    devices_block.evidence,
    devices_block.ordinary,
    devices_block.private,
    devices_block.life,
    devices_block.salt,
    NULL::bytea AS facts,
    devices_block.leaf
   FROM public.devices_block
UNION ALL
 SELECT devices_archive.device_id,
    devices_archive.first,
    devices_archive.last,
    devices_archive.received_lo,
    devices_archive.received_hi,
    devices_archive.epoch_number,
    devices_archive.sequence_lo,
    devices_archive.sequence_hi,
    devices_archive.count,
    devices_archive.at_lo,
    devices_archive.at_hi,
    devices_archive.evidence,
    devices_archive.ordinary,
    devices_archive.private,
    NULL::bytea AS life,
    NULL::bytea AS salt,
    devices_archive.facts,
    devices_archive.leaf
   FROM public.devices_archive;



CREATE TABLE public.devices_logentry (
    "position" bigint NOT NULL,
    arrival bigint NOT NULL,
    leaf bytea NOT NULL,
    device_id bigint NOT NULL,
    CONSTRAINT devices_logentry_hash CHECK ((octet_length(leaf) = 32))
);



CREATE TABLE public.devices_logpage (
    "position" bigint NOT NULL,
    devices bigint[] NOT NULL,
    arrivals bigint[] NOT NULL,
    places bytea NOT NULL,
    leaves bytea NOT NULL,
    CONSTRAINT devices_logpage_whole CHECK ((("position" >= 0) AND (("position" % (256)::bigint) = 0) AND (octet_length(places) = 256) AND (octet_length(leaves) = (256 * 32)) AND (cardinality(devices) = cardinality(arrivals)) AND ((cardinality(devices) >= 1) AND (cardinality(devices) <= 256))))
);
ALTER TABLE ONLY public.devices_logpage ALTER COLUMN leaves SET STORAGE EXTERNAL;



CREATE VIEW public.devices_logged AS
 SELECT e."position",
    1 AS size,
    ARRAY[e.device_id] AS devices,
    ARRAY[(d.public_id)::text] AS public_ids,
    ARRAY[e.arrival] AS arrivals,
    '\x00'::bytea AS places,
    e.leaf AS leaves
   FROM (public.devices_logentry e
     JOIN public.devices_device d ON ((d.id = e.device_id)))
UNION ALL
 SELECT p."position",
    256 AS size,
    p.devices,
    ( SELECT array_agg((d.public_id)::text ORDER BY said.place) AS array_agg
           FROM (unnest(p.devices) WITH ORDINALITY said(id, place)
             JOIN public.devices_device d ON ((d.id = said.id)))) AS public_ids,
    p.arrivals,
    p.places,
    p.leaves
   FROM public.devices_logpage p;



CREATE TABLE public.devices_loghead (
    size bigint NOT NULL,
    root bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    signature bytea NOT NULL,
    key_id character varying(16) NOT NULL,
    CONSTRAINT devices_loghead_hash CHECK (((octet_length(root) = 32) AND (octet_length(signature) = 64) AND (size > 0)))
);



CREATE TABLE public.devices_logkey (
    key_id character varying(16) NOT NULL,
    public_key bytea NOT NULL,
    first_used_at timestamp with time zone NOT NULL,
    CONSTRAINT devices_logkey_hash CHECK ((octet_length(public_key) = 32))
);



CREATE TABLE public.devices_logmark (
    device_id bigint NOT NULL,
    arrival bigint NOT NULL
);



CREATE TABLE public.devices_lognode (
    level smallint NOT NULL,
    place bigint NOT NULL,
    total bytea NOT NULL,
    CONSTRAINT devices_lognode_hash CHECK ((octet_length(total) = 32)),
    CONSTRAINT devices_lognode_level_check CHECK ((level >= 0))
);



CREATE TABLE public.devices_meterchange (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    at timestamp with time zone NOT NULL,
    final numeric(36,18) NOT NULL,
    first numeric(36,18) NOT NULL,
    reason character varying(20) NOT NULL,
    note character varying(300) NOT NULL,
    recorded_by character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    channel_id bigint NOT NULL,
    corrects_id bigint,
    device_id bigint NOT NULL,
    CONSTRAINT devices_meterchange_not_negative CHECK (((final >= (0)::numeric) AND (first >= (0)::numeric))),
    CONSTRAINT devices_meterchange_reason_known CHECK (((reason)::text = ANY (ARRAY[('COUNTER_REPLACED'::character varying)::text, ('CONTROLLER_REPLACED'::character varying)::text, ('RESET'::character varying)::text, ('MEMORY_LOST'::character varying)::text, ('PROGRAMMED'::character varying)::text])))
);



ALTER TABLE public.devices_meterchange ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_meterchange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_quarantined (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    digest character varying(64) NOT NULL,
    epoch character varying(80) NOT NULL,
    item jsonb NOT NULL,
    reason character varying(40) NOT NULL,
    detail character varying(300) NOT NULL,
    received_at timestamp with time zone NOT NULL,
    outcome character varying(10) NOT NULL,
    decided_at timestamp with time zone,
    note character varying(300) NOT NULL,
    device_id bigint NOT NULL,
    CONSTRAINT devices_quarantined_decided_once_decided CHECK ((((decided_at IS NULL) AND ((outcome)::text = 'WAITING'::text)) OR ((NOT ((outcome)::text = 'WAITING'::text)) AND (decided_at IS NOT NULL))))
);



ALTER TABLE public.devices_quarantined ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_quarantined_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_replaysource (
    id bigint NOT NULL,
    epoch character varying(80) NOT NULL,
    digest character varying(64) NOT NULL,
    name character varying(200) NOT NULL,
    base bigint NOT NULL,
    count bigint NOT NULL,
    numbered_at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL
);



ALTER TABLE public.devices_replaysource ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_replaysource_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE SEQUENCE public.devices_revision
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;



CREATE TABLE public.devices_signingkey (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    organization_id bigint NOT NULL,
    CONSTRAINT devices_signingkey_hash CHECK ((octet_length(public_key) = 32))
);



ALTER TABLE public.devices_signingkey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_signingkey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_silence (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    since timestamp with time zone NOT NULL,
    noticed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    device_id bigint NOT NULL
);



ALTER TABLE public.devices_silence ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_silence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.devices_statecode (
    id bigint NOT NULL,
    code integer NOT NULL,
    word character varying(200) NOT NULL,
    device_id bigint NOT NULL,
    CONSTRAINT devices_statecode_code_check CHECK ((code >= 0))
);



ALTER TABLE public.devices_statecode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.devices_statecode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id bigint NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);



ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);



ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);



ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);



CREATE TABLE public.leasing_annex (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number smallint NOT NULL,
    kind character varying(10) NOT NULL,
    side character varying(6) NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    effective_from timestamp with time zone,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    decided_at timestamp with time zone,
    reason text NOT NULL,
    lease_id bigint NOT NULL,
    notice_id bigint,
    CONSTRAINT leasing_annex_decided_at CHECK ((((decided_at IS NULL) OR (NOT ((state)::text = 'PROPOSED'::text))) AND (1 = (
CASE
    WHEN (decided_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((state)::text = 'PROPOSED'::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_annex_in_effect_from CHECK ((NOT ((effective_from IS NULL) AND ((state)::text = ANY (ARRAY[('AGREED'::character varying)::text, ('IN_EFFECT'::character varying)::text]))))),
    CONSTRAINT leasing_annex_number_check CHECK ((number >= 0))
);



ALTER TABLE public.leasing_annex ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_annex_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_annexapproval (
    id bigint NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    decision character varying(64) NOT NULL,
    note text NOT NULL,
    annex_id bigint NOT NULL
);



ALTER TABLE public.leasing_annexapproval ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_annexapproval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_atrisk (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    cause character varying(10) NOT NULL,
    since timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    claim_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT leasing_atrisk_in_order CHECK (((resolved_at IS NULL) OR (resolved_at >= since)))
);



ALTER TABLE public.leasing_atrisk ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_atrisk_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_calendarfeed (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    shows character varying(8) NOT NULL,
    language character varying(10) NOT NULL,
    identifier character varying(16) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    organization_id bigint NOT NULL,
    user_id bigint NOT NULL,
    CONSTRAINT leasing_calendarfeed_named CHECK ((NOT ((name)::text = ''::text)))
);



ALTER TABLE public.leasing_calendarfeed ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_calendarfeed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_commissionproposal (
    id bigint NOT NULL,
    scope character varying(8) NOT NULL,
    public_id character varying(30) NOT NULL,
    rate numeric(6,5),
    starts_on date NOT NULL,
    reason character varying(500) NOT NULL,
    state character varying(9) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    category_id bigint,
    owner_id bigint,
    CONSTRAINT leasing_commissionproposal_has_a_reason CHECK ((NOT ((reason)::text = ''::text))),
    CONSTRAINT leasing_commissionproposal_scoped CHECK ((((category_id IS NULL) AND (owner_id IS NULL) AND ((scope)::text = 'DEFAULT'::text)) OR ((category_id IS NOT NULL) AND (owner_id IS NULL) AND ((scope)::text = 'CATEGORY'::text)) OR ((category_id IS NULL) AND (owner_id IS NOT NULL) AND ((scope)::text = 'OWNER'::text)))),
    CONSTRAINT leasing_commissionproposal_share CHECK (((rate IS NULL) OR ((rate >= (0)::numeric) AND (rate < (1)::numeric)))),
    CONSTRAINT leasing_commissionproposal_two_people CHECK ((((checked_at IS NULL) AND ((checker)::text = ''::text) AND ((state)::text = 'PROPOSED'::text)) OR ((checked_at IS NOT NULL) AND ((state)::text = 'WITHDRAWN'::text) AND (NOT ((checker)::text = ''::text))) OR ((checked_at IS NOT NULL) AND ((state)::text = 'APPROVED'::text) AND (NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.leasing_commissionproposal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_commissionproposal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_commissionrate (
    id bigint NOT NULL,
    scope character varying(8) NOT NULL,
    public_id character varying(30) NOT NULL,
    rate numeric(6,5) NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    set_at timestamp with time zone NOT NULL,
    category_id bigint,
    owner_id bigint,
    proposal_id bigint NOT NULL,
    CONSTRAINT leasing_commissionrate_in_order CHECK (((ends_on IS NULL) OR (ends_on >= starts_on))),
    CONSTRAINT leasing_commissionrate_never_backwards CHECK ((starts_on > ((set_at AT TIME ZONE 'Asia/Shanghai'::text))::date)),
    CONSTRAINT leasing_commissionrate_scoped CHECK ((((category_id IS NULL) AND (owner_id IS NULL) AND ((scope)::text = 'DEFAULT'::text)) OR ((category_id IS NOT NULL) AND (owner_id IS NULL) AND ((scope)::text = 'CATEGORY'::text)) OR ((category_id IS NULL) AND (owner_id IS NOT NULL) AND ((scope)::text = 'OWNER'::text)))),
    CONSTRAINT leasing_commissionrate_share CHECK (((rate >= (0)::numeric) AND (rate < (1)::numeric)))
);



ALTER TABLE public.leasing_commissionrate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_commissionrate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_conditionrecord (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(10) NOT NULL,
    number smallint NOT NULL,
    side character varying(6) NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    answer_until timestamp with time zone NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT leasing_conditionrecord_number_check CHECK ((number >= 0))
);



ALTER TABLE public.leasing_conditionrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_conditionrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_contract (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    form character varying(12) NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL
);



ALTER TABLE public.leasing_contract ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_contract_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_creditlimit (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint,
    currency character varying(3) NOT NULL,
    longest_months smallint,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone,
    reason text NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    lessee_id bigint,
    lessor_id bigint NOT NULL,
    CONSTRAINT leasing_creditlimit_for_others CHECK ((NOT ((lessor_id = lessee_id) AND (lessee_id IS NOT NULL)))),
    CONSTRAINT leasing_creditlimit_longest_months_check CHECK ((longest_months >= 0)),
    CONSTRAINT leasing_creditlimit_not_negative CHECK (((amount_minor IS NULL) OR (amount_minor >= 0))),
    CONSTRAINT leasing_creditlimit_period_not_empty CHECK (((valid_until IS NULL) OR (valid_until > valid_from)))
);



ALTER TABLE public.leasing_creditlimit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_creditlimit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_damageclaim (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number smallint NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    currency character varying(3) NOT NULL,
    claimed_minor bigint NOT NULL,
    asked_minor bigint NOT NULL,
    conceded_minor bigint,
    awarded_minor bigint,
    state character varying(10) NOT NULL,
    reply_until timestamp with time zone NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    referred_at timestamp with time zone,
    decided_at timestamp with time zone,
    version integer NOT NULL,
    lease_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT leasing_damageclaim_awarded_in_range CHECK (((awarded_minor IS NULL) OR ((awarded_minor >= 0) AND (awarded_minor <= asked_minor) AND ((conceded_minor IS NULL) OR (awarded_minor >= conceded_minor))))),
    CONSTRAINT leasing_damageclaim_awarded_when_over CHECK ((((awarded_minor IS NULL) OR ((state)::text = ANY (ARRAY[('ACCEPTED'::character varying)::text, ('DECIDED'::character varying)::text]))) AND (1 = (
CASE
    WHEN (awarded_minor IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((state)::text = ANY (ARRAY[('ACCEPTED'::character varying)::text, ('DECIDED'::character varying)::text])) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_damageclaim_conceded_in_range CHECK (((conceded_minor IS NULL) OR ((conceded_minor >= 0) AND (conceded_minor <= asked_minor)))),
    CONSTRAINT leasing_damageclaim_contested_with_a_sum CHECK ((NOT ((conceded_minor IS NULL) AND ((state)::text = 'CONTESTED'::text)))),
    CONSTRAINT leasing_damageclaim_decided_at CHECK ((((decided_at IS NULL) OR (NOT ((state)::text = ANY (ARRAY[('CONTESTED'::character varying)::text, ('RAISED'::character varying)::text])))) AND (1 = (
CASE
    WHEN (decided_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((state)::text = ANY (ARRAY[('CONTESTED'::character varying)::text, ('RAISED'::character varying)::text]))) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_damageclaim_decided_when_asked CHECK ((NOT ((referred_at IS NULL) AND ((state)::text = 'DECIDED'::text)))),
    CONSTRAINT leasing_damageclaim_never_more_than_claimed CHECK (((asked_minor >= 0) AND (asked_minor <= claimed_minor) AND (claimed_minor > 0))),
    CONSTRAINT leasing_damageclaim_number_check CHECK ((number >= 0)),
    CONSTRAINT leasing_damageclaim_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_damageclaim ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_damageclaim_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_damageword (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    act character varying(10) NOT NULL,
    side character varying(10) NOT NULL,
    amount_minor bigint,
    text text NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    organization_name character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    claim_id bigint NOT NULL,
    CONSTRAINT leasing_damageword_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_damageword ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_damageword_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_defaultnotice (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    side character varying(6) NOT NULL,
    text text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    given_by character varying(30) NOT NULL,
    given_by_name character varying(80) NOT NULL,
    cure_until timestamp with time zone NOT NULL,
    cured_at timestamp with time zone,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_defaultnotice_time_to_cure CHECK ((cure_until > given_at))
);



ALTER TABLE public.leasing_defaultnotice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_defaultnotice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_deposit (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    reference character varying(120) NOT NULL,
    held_minor bigint NOT NULL,
    released_minor bigint NOT NULL,
    set_off_minor bigint NOT NULL,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_deposit_adds_up CHECK ((amount_minor >= ((held_minor + released_minor) + set_off_minor))),
    CONSTRAINT leasing_deposit_never_overdrawn CHECK (((amount_minor > 0) AND (held_minor >= 0) AND (released_minor >= 0) AND (set_off_minor >= 0)))
);



ALTER TABLE public.leasing_deposit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_deposit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_depositmovement (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    amount_minor bigint NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    deposit_id bigint NOT NULL,
    order_id bigint,
    CONSTRAINT leasing_depositmovement_leaves_by_order CHECK (((((kind)::text = 'HOLD'::text) OR (order_id IS NOT NULL)) AND (1 = (
CASE
    WHEN ((kind)::text = 'HOLD'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (order_id IS NOT NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_depositmovement_positive CHECK ((amount_minor > 0))
);



ALTER TABLE public.leasing_depositmovement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_depositmovement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_depositorder (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(8) NOT NULL,
    stage character varying(8) NOT NULL,
    amount_minor bigint NOT NULL,
    reason character varying(500) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    deposit_id bigint NOT NULL,
    CONSTRAINT leasing_depositorder_checked_by_somebody CHECK (((((stage)::text = 'OPEN'::text) OR (NOT ((checker)::text = ''::text))) AND (1 = (
CASE
    WHEN ((stage)::text = 'OPEN'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((checker)::text = ''::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_depositorder_positive CHECK ((amount_minor > 0)),
    CONSTRAINT leasing_depositorder_two_persons CHECK (((NOT ((stage)::text = 'DONE'::text)) OR (NOT ((checker)::text = (maker)::text))))
);



ALTER TABLE public.leasing_depositorder ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_depositorder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_downtimecredit (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    remedy character varying(10) NOT NULL,
    cause text NOT NULL,
    basis character varying(80) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    seconds integer NOT NULL,
    month_from timestamp with time zone,
    month_to timestamp with time zone,
    service_seconds integer,
    share numeric(9,6),
    days smallint,
    rule jsonb NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    lease_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    CONSTRAINT leasing_downtimecredit_credit_or_extension CHECK ((((days IS NULL) AND (month_from IS NOT NULL) AND (month_to IS NOT NULL) AND ((remedy)::text = 'CREDIT'::text) AND (share IS NOT NULL)) OR ((days IS NOT NULL) AND (month_from IS NULL) AND (month_to IS NULL) AND ((remedy)::text = 'EXTENSION'::text) AND (share IS NULL)))),
    CONSTRAINT leasing_downtimecredit_days_check CHECK ((days >= 0)),
    CONSTRAINT leasing_downtimecredit_period_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT leasing_downtimecredit_seconds_check CHECK ((seconds >= 0)),
    CONSTRAINT leasing_downtimecredit_service_seconds_check CHECK ((service_seconds >= 0)),
    CONSTRAINT leasing_downtimecredit_within_month CHECK (((month_from IS NULL) OR ((month_from <= starts_at) AND (month_to >= ends_at))))
);



ALTER TABLE public.leasing_downtimecredit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_downtimecredit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_financeinstalment (
    id bigint NOT NULL,
    number smallint NOT NULL,
    due_on date NOT NULL,
    principal_minor bigint NOT NULL,
    interest_minor bigint NOT NULL,
    finance_id bigint NOT NULL,
    CONSTRAINT leasing_financeinstalment_not_negative CHECK (((interest_minor >= 0) AND (number >= 1) AND (principal_minor >= 0))),
    CONSTRAINT leasing_financeinstalment_number_check CHECK ((number >= 0))
);



ALTER TABLE public.leasing_financeinstalment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_financeinstalment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_financelease (
    id bigint NOT NULL,
    principal_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    "end" character varying(8) NOT NULL,
    nominal_price_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL,
    licence_id bigint NOT NULL,
    CONSTRAINT leasing_financelease_amounts CHECK (((nominal_price_minor >= 0) AND (principal_minor > 0))),
    CONSTRAINT leasing_financelease_price_of_what_is_transferred CHECK ((((("end")::text = 'TRANSFER'::text) OR (nominal_price_minor = 0)) AND (1 = (
CASE
    WHEN (("end")::text = 'TRANSFER'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (nominal_price_minor = 0) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.leasing_financelease ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_financelease_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_financelicence (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number character varying(60) NOT NULL,
    authority character varying(120) NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT leasing_financelicence_period_not_empty CHECK (((valid_until IS NULL) OR (valid_until >= valid_from)))
);



ALTER TABLE public.leasing_financelicence ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_financelicence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_financeregistration (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    "position" smallint NOT NULL,
    kind character varying(8) NOT NULL,
    number character varying(40) NOT NULL,
    "on" date NOT NULL,
    expires_on date,
    note character varying(500) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    finance_id bigint NOT NULL,
    CONSTRAINT leasing_financeregistration_ends_later CHECK (((expires_on IS NULL) OR (expires_on > "on"))),
    CONSTRAINT leasing_financeregistration_ends_unless_cancelled CHECK (((((kind)::text = 'CANCEL'::text) OR (expires_on IS NOT NULL)) AND (1 = (
CASE
    WHEN ((kind)::text = 'CANCEL'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (expires_on IS NOT NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_financeregistration_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_financeregistration ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_financeregistration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_healthwarning (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(12) NOT NULL,
    day date NOT NULL,
    alarms integer,
    seconds integer,
    alarms_before integer,
    seconds_before integer,
    event character varying(30) NOT NULL,
    found_at timestamp with time zone NOT NULL,
    device_id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    channel_id bigint,
    days_left smallint,
    days_seen smallint,
    edge character varying(4) NOT NULL,
    is_beyond boolean NOT NULL,
    "limit" numeric(36,18),
    mean numeric(36,12),
    slope numeric(36,12),
    source character varying(200) NOT NULL,
    CONSTRAINT leasing_healthwarning_alarms_before_check CHECK ((alarms_before >= 0)),
    CONSTRAINT leasing_healthwarning_alarms_check CHECK ((alarms >= 0)),
    CONSTRAINT leasing_healthwarning_days_left_check CHECK ((days_left >= 0)),
    CONSTRAINT leasing_healthwarning_days_seen_check CHECK ((days_seen >= 0)),
    CONSTRAINT leasing_healthwarning_has_its_figures CHECK ((((alarms > 0) AND (alarms IS NOT NULL) AND (alarms_before IS NOT NULL) AND (channel_id IS NULL) AND ((kind)::text = 'ALARM_RATE'::text) AND (seconds > 0) AND (seconds IS NOT NULL) AND (seconds_before > 0) AND (seconds_before IS NOT NULL)) OR ((alarms IS NULL) AND (channel_id IS NOT NULL) AND (days_left IS NOT NULL) AND ((days_left >= 0) AND (days_left <= 30)) AND (days_seen IS NOT NULL) AND ((days_seen >= 7) AND (days_seen <= 14)) AND ((edge)::text = ANY (ARRAY[('LOW'::character varying)::text, ('HIGH'::character varying)::text])) AND ((kind)::text = 'TREND'::text) AND ("limit" IS NOT NULL) AND (mean IS NOT NULL) AND (slope IS NOT NULL)))),
    CONSTRAINT leasing_healthwarning_seconds_before_check CHECK ((seconds_before >= 0)),
    CONSTRAINT leasing_healthwarning_seconds_check CHECK ((seconds >= 0))
);



ALTER TABLE public.leasing_healthwarning ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_healthwarning_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_insurancepolicy (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(10) NOT NULL,
    insurer character varying(120) NOT NULL,
    number character varying(60) NOT NULL,
    sum_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    holder character varying(6) NOT NULL,
    catalogue_item character varying(120) NOT NULL,
    catalogue_year smallint,
    document_sha256 character varying(64) NOT NULL,
    note text NOT NULL,
    cancelled_at timestamp with time zone,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    equipment_id bigint NOT NULL,
    lease_id bigint,
    organization_id bigint NOT NULL,
    replaces_id bigint,
    CONSTRAINT leasing_insurancepolicy_cancelled_in_its_time CHECK (((cancelled_at IS NULL) OR ((cancelled_at >= starts_at) AND (cancelled_at < ends_at) AND (replaces_id IS NOT NULL) AND (NOT (note = ''::text))))),
    CONSTRAINT leasing_insurancepolicy_catalogue_year_check CHECK ((catalogue_year >= 0)),
    CONSTRAINT leasing_insurancepolicy_document_is_hashed CHECK ((((document_sha256)::text = ''::text) OR ((document_sha256)::text ~ '^[0-9a-f]{64}$'::text))),
    CONSTRAINT leasing_insurancepolicy_first_set_has_its_item CHECK ((((catalogue_year IS NOT NULL) AND ((kind)::text = 'FIRST_SET'::text) AND (NOT ((catalogue_item)::text = ''::text))) OR ((NOT ((kind)::text = 'FIRST_SET'::text)) AND ((catalogue_item)::text = ''::text) AND (catalogue_year IS NULL)))),
    CONSTRAINT leasing_insurancepolicy_says_what_it_covers CHECK (((ends_at > starts_at) AND (sum_minor > 0) AND (NOT ((insurer)::text = ''::text)) AND (NOT ((number)::text = ''::text)))),
    CONSTRAINT leasing_insurancepolicy_sides_hold_on_a_lease CHECK ((((holder)::text = 'OWNER'::text) OR (lease_id IS NOT NULL)))
);



ALTER TABLE public.leasing_insurancepolicy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_insurancepolicy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_lease (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number character varying(16) NOT NULL,
    status character varying(16) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    active_from timestamp with time zone,
    active_to timestamp with time zone,
    terms jsonb NOT NULL,
    terms_digest character varying(64) NOT NULL,
    expected_usage jsonb NOT NULL,
    note text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    version integer NOT NULL,
    lessee_id bigint NOT NULL,
    lessor_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    quote_ends_at timestamp with time zone,
    billing character varying(16) NOT NULL,
    CONSTRAINT leasing_lease_active_period_not_empty CHECK (((active_to IS NULL) OR (active_to > active_from))),
    CONSTRAINT leasing_lease_billed_since CHECK ((((active_from IS NULL) OR (NOT ((billing)::text = 'NOT_STARTED'::text))) AND (1 = (
CASE
    WHEN (active_from IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((billing)::text = 'NOT_STARTED'::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_lease_ended_at CHECK ((((active_to IS NULL) OR ((status)::text = ANY (ARRAY[('BOUGHT_OUT'::character varying)::text, ('CLOSED'::character varying)::text, ('ENDED'::character varying)::text, ('LOST'::character varying)::text, ('SETTLED'::character varying)::text, ('TERMINATED'::character varying)::text]))) AND (1 = (
CASE
    WHEN (active_to IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = ANY (ARRAY[('BOUGHT_OUT'::character varying)::text, ('CLOSED'::character varying)::text, ('ENDED'::character varying)::text, ('LOST'::character varying)::text, ('SETTLED'::character varying)::text, ('TERMINATED'::character varying)::text])) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_lease_period_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT leasing_lease_quoted_until CHECK ((((quote_ends_at IS NULL) OR ((status)::text = 'QUOTED'::text)) AND (1 = (
CASE
    WHEN (quote_ends_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = 'QUOTED'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_lease_running_since CHECK ((((active_from IS NULL) OR ((status)::text = ANY (ARRAY[('ACTIVE'::character varying)::text, ('BOUGHT_OUT'::character varying)::text, ('CLOSED'::character varying)::text, ('ENDED'::character varying)::text, ('LOST'::character varying)::text, ('NOTICE_GIVEN'::character varying)::text, ('SETTLED'::character varying)::text, ('SUSPENDED'::character varying)::text, ('TERMINATED'::character varying)::text]))) AND (1 = (
CASE
    WHEN (active_from IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = ANY (ARRAY[('ACTIVE'::character varying)::text, ('BOUGHT_OUT'::character varying)::text, ('CLOSED'::character varying)::text, ('ENDED'::character varying)::text, ('LOST'::character varying)::text, ('NOTICE_GIVEN'::character varying)::text, ('SETTLED'::character varying)::text, ('SUSPENDED'::character varying)::text, ('TERMINATED'::character varying)::text])) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_lease_two_parties CHECK ((NOT (lessor_id = lessee_id))),
    CONSTRAINT leasing_lease_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_lease ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_lease_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE SEQUENCE public.leasing_lease_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;



CREATE TABLE public.leasing_leasecommission (
    id bigint NOT NULL,
    rate numeric(6,5) NOT NULL,
    contracted_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL,
    source_id bigint NOT NULL
);



ALTER TABLE public.leasing_leasecommission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_leasecommission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_leaseunit (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    active_from timestamp with time zone,
    active_to timestamp with time zone,
    claim_id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    lease_id bigint NOT NULL,
    state character varying(16) NOT NULL,
    awaited boolean NOT NULL,
    inspect_by timestamp with time zone,
    ready_by timestamp with time zone,
    CONSTRAINT leasing_leaseunit_active_period_not_empty CHECK (((active_to IS NULL) OR (active_to > active_from))),
    CONSTRAINT leasing_leaseunit_comes_back_after_its_use CHECK (((NOT ((state)::text = ANY (ARRAY[('IN_INSPECTION'::character varying)::text, ('IN_REPAIR'::character varying)::text, ('READY'::character varying)::text, ('RETURNED'::character varying)::text]))) OR (active_to IS NOT NULL))),
    CONSTRAINT leasing_leaseunit_inspected_when_back CHECK (((inspect_by IS NULL) OR ((state)::text = ANY (ARRAY[('GONE'::character varying)::text, ('IN_INSPECTION'::character varying)::text, ('IN_REPAIR'::character varying)::text, ('READY'::character varying)::text, ('RETURNED'::character varying)::text])))),
    CONSTRAINT leasing_leaseunit_ready_when_inspected CHECK (((ready_by IS NULL) OR ((inspect_by IS NULL) AND ((state)::text = ANY (ARRAY[('GONE'::character varying)::text, ('IN_INSPECTION'::character varying)::text, ('IN_REPAIR'::character varying)::text, ('READY'::character varying)::text])))))
);



ALTER TABLE public.leasing_leaseunit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_leaseunit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_maintenancemeter (
    id bigint NOT NULL,
    counted_by jsonb NOT NULL,
    fold jsonb,
    total numeric(18,6) NOT NULL,
    since timestamp with time zone NOT NULL,
    upto timestamp with time zone NOT NULL,
    pace_total numeric(18,6) NOT NULL,
    pace_at timestamp with time zone NOT NULL,
    next_total numeric(18,6) NOT NULL,
    next_at timestamp with time zone NOT NULL,
    binding_id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    rule_id bigint NOT NULL,
    CONSTRAINT leasing_maintenancemeter_never_falls CHECK (((next_total >= pace_total) AND (pace_total >= (0)::numeric) AND (total >= next_total)))
);



ALTER TABLE public.leasing_maintenancemeter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_maintenancemeter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_maintenancerule (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    what character varying(120) NOT NULL,
    basis character varying(8) NOT NULL,
    "interval" numeric(12,2) NOT NULL,
    warn_before numeric(12,2) NOT NULL,
    already numeric(12,2) NOT NULL,
    duration_minutes integer NOT NULL,
    who character varying(6) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    category_id bigint,
    equipment_id bigint,
    owner_id bigint NOT NULL,
    CONSTRAINT leasing_maintenancerule_duration_minutes_check CHECK ((duration_minutes >= 0)),
    CONSTRAINT leasing_maintenancerule_interval_above_zero CHECK (((already >= (0)::numeric) AND (duration_minutes >= 1) AND ("interval" > (0)::numeric) AND (warn_before >= (0)::numeric))),
    CONSTRAINT leasing_maintenancerule_machine_or_category CHECK ((((equipment_id IS NULL) OR (category_id IS NULL)) AND (1 = (
CASE
    WHEN (equipment_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (category_id IS NULL) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.leasing_maintenancerule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_maintenancerule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_maintenanceticket (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number integer NOT NULL,
    status character varying(10) NOT NULL,
    starts_at timestamp with time zone,
    due_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    counter numeric(18,6),
    note text NOT NULL,
    done_by character varying(80) NOT NULL,
    version integer NOT NULL,
    claim_id bigint,
    equipment_id bigint NOT NULL,
    lease_id bigint,
    proposed_by_id bigint,
    rule_id bigint NOT NULL,
    CONSTRAINT leasing_maintenanceticket_counted_when_done CHECK (((NOT ((status)::text = 'DONE'::text)) OR ((counter IS NOT NULL) AND (done_at IS NOT NULL)))),
    CONSTRAINT leasing_maintenanceticket_done_at CHECK (((((counter IS NULL) AND (done_at IS NULL)) OR ((status)::text = 'DONE'::text)) AND (1 = (
CASE
    WHEN ((counter IS NULL) AND (done_at IS NULL)) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = 'DONE'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_maintenanceticket_number_check CHECK ((number >= 0)),
    CONSTRAINT leasing_maintenanceticket_planned_with_claim CHECK (((NOT ((status)::text = 'PLANNED'::text)) OR ((claim_id IS NOT NULL) AND (lease_id IS NULL)))),
    CONSTRAINT leasing_maintenanceticket_proposed_in_lease CHECK (((NOT ((status)::text = ANY (ARRAY[('PROPOSED'::character varying)::text, ('AGREED'::character varying)::text]))) OR ((claim_id IS NULL) AND (lease_id IS NOT NULL) AND (starts_at IS NOT NULL)))),
    CONSTRAINT leasing_maintenanceticket_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_maintenanceticket ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_maintenanceticket_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_offer (
    id bigint NOT NULL,
    version smallint NOT NULL,
    side character varying(6) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    terms jsonb NOT NULL,
    terms_digest character varying(64) NOT NULL,
    digest character varying(64) NOT NULL,
    valid_until timestamp with time zone,
    note text NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    claim_id bigint,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_offer_held_by_lessor CHECK (((claim_id IS NULL) OR ((side)::text = 'lessor'::text))),
    CONSTRAINT leasing_offer_only_quotes_run_out CHECK ((((valid_until IS NULL) OR ((side)::text = 'lessor'::text)) AND (1 = (
CASE
    WHEN (valid_until IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((side)::text = 'lessor'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_offer_period_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT leasing_offer_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_offer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_offer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_orderbook (
    id bigint NOT NULL,
    shift character varying(10) NOT NULL,
    availability numeric(5,4) NOT NULL,
    weeks smallint NOT NULL,
    accepted integer NOT NULL,
    version integer NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT leasing_orderbook_accepted_check CHECK ((accepted >= 0)),
    CONSTRAINT leasing_orderbook_availability CHECK (((availability > (0)::numeric) AND (availability <= (1)::numeric))),
    CONSTRAINT leasing_orderbook_version_check CHECK ((version >= 0)),
    CONSTRAINT leasing_orderbook_weeks CHECK (((weeks >= 1) AND (weeks <= 52))),
    CONSTRAINT leasing_orderbook_weeks_check CHECK ((weeks >= 0))
);



ALTER TABLE public.leasing_orderbook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_orderbook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_overdue (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    reminded_at timestamp with time zone NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT leasing_overdue_in_order CHECK (((reminded_at >= since) AND ((until IS NULL) OR (until >= since))))
);



ALTER TABLE public.leasing_overdue ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_overdue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_photo (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    content bytea NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    sha256 character varying(64) NOT NULL,
    taken_by character varying(30) NOT NULL,
    taken_by_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_photo_has_dots CHECK (((height >= 1) AND (width >= 1))),
    CONSTRAINT leasing_photo_height_check CHECK ((height >= 0)),
    CONSTRAINT leasing_photo_is_small CHECK (((octet_length(content) >= 1) AND (octet_length(content) <= 1500000) AND ((sha256)::text = encode(sha256(content), 'hex'::text)))),
    CONSTRAINT leasing_photo_width_check CHECK ((width >= 0))
);
ALTER TABLE ONLY public.leasing_photo ALTER COLUMN content SET STORAGE EXTERNAL;



ALTER TABLE public.leasing_photo ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_photo_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_planacceptance (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    turn integer NOT NULL,
    digest character varying(64) NOT NULL,
    inputs jsonb NOT NULL,
    proposals jsonb NOT NULL,
    accepted_by character varying(30) NOT NULL,
    accepted_by_name character varying(80) NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT leasing_planacceptance_turn_check CHECK ((turn >= 0))
);



ALTER TABLE public.leasing_planacceptance ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_planacceptance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_planacceptedannex (
    id bigint NOT NULL,
    proposal character varying(120) NOT NULL,
    acceptance_id bigint NOT NULL,
    annex_id bigint NOT NULL
);



ALTER TABLE public.leasing_planacceptedannex ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_planacceptedannex_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_planacceptedlease (
    id bigint NOT NULL,
    proposal character varying(120) NOT NULL,
    acceptance_id bigint NOT NULL,
    lease_id bigint NOT NULL
);



ALTER TABLE public.leasing_planacceptedlease ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_planacceptedlease_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_productionorder (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reference character varying(40) NOT NULL,
    part character varying(120) NOT NULL,
    material character varying(200) NOT NULL,
    quantity numeric(12,3) NOT NULL,
    due_before date NOT NULL,
    cycle_seconds numeric(12,3) NOT NULL,
    setup_seconds numeric(12,3) NOT NULL,
    earliest_start date,
    state character varying(9) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    category_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT leasing_productionorder_starts_before_due CHECK (((earliest_start IS NULL) OR (earliest_start < due_before))),
    CONSTRAINT leasing_productionorder_takes_time CHECK (((cycle_seconds > (0)::numeric) AND (quantity > (0)::numeric) AND (setup_seconds >= (0)::numeric))),
    CONSTRAINT leasing_productionorder_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_productionorder ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_productionorder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_rating (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    side character varying(10) NOT NULL,
    as_agreed smallint NOT NULL,
    machine smallint NOT NULL,
    punctual smallint NOT NULL,
    contact smallint NOT NULL,
    text text NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    about_id bigint NOT NULL,
    rated_by_id bigint NOT NULL,
    round_id bigint NOT NULL,
    CONSTRAINT leasing_rating_as_agreed_check CHECK ((as_agreed >= 0)),
    CONSTRAINT leasing_rating_contact_check CHECK ((contact >= 0)),
    CONSTRAINT leasing_rating_machine_check CHECK ((machine >= 0)),
    CONSTRAINT leasing_rating_of_another CHECK ((NOT (rated_by_id = about_id))),
    CONSTRAINT leasing_rating_one_to_five CHECK (((as_agreed >= 1) AND (as_agreed <= 5) AND (machine >= 1) AND (machine <= 5) AND (punctual >= 1) AND (punctual <= 5) AND (contact >= 1) AND (contact <= 5))),
    CONSTRAINT leasing_rating_punctual_check CHECK ((punctual >= 0))
);



ALTER TABLE public.leasing_rating ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_rating_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_ratinganswer (
    id bigint NOT NULL,
    text text NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    rating_id bigint NOT NULL,
    CONSTRAINT leasing_ratinganswer_says_something CHECK ((NOT (text = ''::text)))
);



ALTER TABLE public.leasing_ratinganswer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_ratinganswer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_ratingmoderation (
    id bigint NOT NULL,
    hidden boolean NOT NULL,
    reason character varying(300) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    rating_id bigint NOT NULL,
    CONSTRAINT leasing_ratingmoderation_has_a_reason CHECK ((NOT ((reason)::text = ''::text)))
);



ALTER TABLE public.leasing_ratingmoderation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_ratingmoderation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_ratinground (
    id bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closes_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_ratinground_in_order CHECK ((closes_at > opened_at))
);



ALTER TABLE public.leasing_ratinground ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_ratinground_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_recordanswer (
    id bigint NOT NULL,
    word character varying(10) NOT NULL,
    reason text NOT NULL,
    digest character varying(64) NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    record_id bigint NOT NULL,
    CONSTRAINT leasing_recordanswer_objection_with_reason CHECK (((((word)::text = 'CONFIRMED'::text) OR (NOT (reason = ''::text))) AND (1 = (
CASE
    WHEN ((word)::text = 'CONFIRMED'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT (reason = ''::text)) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.leasing_recordanswer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_recordanswer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_referralword (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    act character varying(10) NOT NULL,
    side character varying(10) NOT NULL,
    stands boolean,
    text text NOT NULL,
    evidence jsonb NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    organization_name character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    record_id bigint NOT NULL,
    CONSTRAINT leasing_referralword_decided_by_platform CHECK (((((act)::text = 'decide'::text) AND ((side)::text = 'platform'::text) AND (stands IS NOT NULL)) OR ((stands IS NULL) AND (NOT ((act)::text = 'decide'::text)) AND (NOT ((side)::text = 'platform'::text))))),
    CONSTRAINT leasing_referralword_position_check CHECK (("position" >= 0)),
    CONSTRAINT leasing_referralword_with_words CHECK ((((act)::text = 'withdraw'::text) OR (NOT (text = ''::text))))
);



ALTER TABLE public.leasing_referralword ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_referralword_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_serviceorder (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    service_id character varying(30) NOT NULL,
    service jsonb NOT NULL,
    kind character varying(20) NOT NULL,
    basis character varying(5) NOT NULL,
    number integer NOT NULL,
    status character varying(10) NOT NULL,
    ordered_at timestamp with time zone NOT NULL,
    by_lessee boolean NOT NULL,
    not_before timestamp with time zone NOT NULL,
    month_from timestamp with time zone,
    month_to timestamp with time zone,
    proposed_for timestamp with time zone,
    proposed_by character varying(8) NOT NULL,
    starts_at timestamp with time zone,
    contact character varying(200) NOT NULL,
    report text NOT NULL,
    quantity numeric(9,2),
    done_at timestamp with time zone,
    accept_by timestamp with time zone,
    accepted_at timestamp with time zone,
    version integer NOT NULL,
    lease_id bigint NOT NULL,
    provider_id bigint NOT NULL,
    CONSTRAINT leasing_serviceorder_accepted_when CHECK ((((accepted_at IS NULL) OR ((status)::text = 'ACCEPTED'::text)) AND (1 = (
CASE
    WHEN (accepted_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = 'ACCEPTED'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_serviceorder_agreed_day CHECK (((NOT ((status)::text = 'AGREED'::text)) OR (starts_at IS NOT NULL))),
    CONSTRAINT leasing_serviceorder_answered_until CHECK ((((accept_by IS NULL) OR ((status)::text = 'DONE'::text)) AND (1 = (
CASE
    WHEN (accept_by IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = 'DONE'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_serviceorder_number_check CHECK ((number >= 0)),
    CONSTRAINT leasing_serviceorder_period_of_periodic CHECK ((((month_from IS NULL) AND (month_to IS NULL) AND (NOT ((basis)::text = 'MONTH'::text))) OR (((basis)::text = 'MONTH'::text) AND (month_from IS NOT NULL) AND (month_to > month_from) AND (month_to IS NOT NULL)))),
    CONSTRAINT leasing_serviceorder_proposed_by_somebody CHECK ((((proposed_for IS NULL) OR (NOT ((proposed_by)::text = ''::text))) AND (1 = (
CASE
    WHEN (proposed_for IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((proposed_by)::text = ''::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_serviceorder_reported CHECK (((NOT ((status)::text = ANY (ARRAY[('ACCEPTED'::character varying)::text, ('DONE'::character varying)::text, ('OBJECTED'::character varying)::text]))) OR ((done_at IS NOT NULL) AND (quantity > (0)::numeric) AND (quantity IS NOT NULL) AND (NOT (report = ''::text))))),
    CONSTRAINT leasing_serviceorder_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_serviceorder ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_serviceorder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_serviceorderstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel character varying(8) NOT NULL,
    reason_code character varying(40) NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(10) NOT NULL,
    status_after character varying(10) NOT NULL,
    order_id bigint NOT NULL,
    CONSTRAINT leasing_serviceorderstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_serviceorderstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_serviceorderstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_settlement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number smallint NOT NULL,
    side character varying(10) NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    currency character varying(3) NOT NULL,
    set_off_minor bigint NOT NULL,
    balance_minor bigint NOT NULL,
    text text NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    answer_by timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    referred_at timestamp with time zone,
    referred_text text NOT NULL,
    decided_at timestamp with time zone,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_settlement_decided_at CHECK ((((decided_at IS NULL) OR (NOT ((state)::text = 'PROPOSED'::text))) AND (1 = (
CASE
    WHEN (decided_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((state)::text = 'PROPOSED'::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_settlement_nothing_below_zero CHECK (((balance_minor >= 0) AND (set_off_minor >= 0))),
    CONSTRAINT leasing_settlement_number_check CHECK ((number >= 0)),
    CONSTRAINT leasing_settlement_platform_decides CHECK (((((side)::text = 'platform'::text) OR (NOT ((state)::text = 'DECIDED'::text))) AND (1 = (
CASE
    WHEN ((side)::text = 'platform'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((state)::text = 'DECIDED'::text)) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.leasing_settlement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_settlement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_signature (
    id bigint NOT NULL,
    side character varying(6) NOT NULL,
    basis character varying(12) NOT NULL,
    organization_name character varying(120) NOT NULL,
    signer character varying(30) NOT NULL,
    signer_name character varying(80) NOT NULL,
    roles jsonb NOT NULL,
    mandate character varying(24) NOT NULL,
    mandate_reference character varying(120) NOT NULL,
    offer character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    adapter character varying(40) NOT NULL,
    seal jsonb NOT NULL,
    contract_id bigint NOT NULL,
    organization_id bigint NOT NULL
);



ALTER TABLE public.leasing_signature ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_signature_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_slotbooking (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    status character varying(10) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    slots smallint NOT NULL,
    price_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    note character varying(500) NOT NULL,
    answer_until timestamp with time zone,
    handed_in_at timestamp with time zone,
    done_at timestamp with time zone,
    booked_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    claim_id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    lessee_id bigint NOT NULL,
    lessor_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    schedule_id bigint NOT NULL,
    CONSTRAINT leasing_slotbooking_amount CHECK (((amount_minor = (price_minor * slots)) AND (slots >= 1))),
    CONSTRAINT leasing_slotbooking_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT leasing_slotbooking_answer_until CHECK (((NOT ((status)::text = 'ASKED'::text)) OR (answer_until IS NOT NULL))),
    CONSTRAINT leasing_slotbooking_done_at CHECK ((((done_at IS NULL) OR ((status)::text = 'DONE'::text)) AND (1 = (
CASE
    WHEN (done_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = 'DONE'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_slotbooking_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT leasing_slotbooking_fee_of_what_did_not_happen CHECK (((fee_minor = 0) OR ((status)::text = ANY (ARRAY[('CANCELLED'::character varying)::text, ('NO_SHOW'::character varying)::text])))),
    CONSTRAINT leasing_slotbooking_period_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT leasing_slotbooking_price_minor_check CHECK ((price_minor >= 0)),
    CONSTRAINT leasing_slotbooking_slots_check CHECK ((slots >= 0)),
    CONSTRAINT leasing_slotbooking_two_sides CHECK ((NOT (lessor_id = lessee_id))),
    CONSTRAINT leasing_slotbooking_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_slotbooking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_slotbooking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_slotstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    status_before character varying(16) NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    reason text NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_after character varying(10) NOT NULL,
    booking_id bigint NOT NULL,
    channel character varying(8) NOT NULL,
    evidence jsonb NOT NULL,
    reason_code character varying(40) NOT NULL,
    CONSTRAINT leasing_slotstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_slotstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_slotstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_sublease (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    depth integer NOT NULL,
    asked character varying(30)[] NOT NULL,
    consented character varying(30)[] NOT NULL,
    status character varying(10) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    active_from timestamp with time zone,
    active_to timestamp with time zone,
    place character varying(200) NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    agreement_id bigint,
    lease_id bigint NOT NULL,
    sublessee_id bigint NOT NULL,
    sublessor_id bigint NOT NULL,
    under_id bigint,
    unit_id bigint NOT NULL,
    CONSTRAINT leasing_sublease_active_period_not_empty CHECK (((active_to IS NULL) OR (active_to > active_from))),
    CONSTRAINT leasing_sublease_consent_of_all CHECK (((NOT ((status)::text = ANY (ARRAY[('AGREED'::character varying)::text, ('ENDED'::character varying)::text, ('RUNNING'::character varying)::text]))) OR (consented @> asked))),
    CONSTRAINT leasing_sublease_depth CHECK (((
CASE
    WHEN (asked IS NULL) THEN NULL::integer
    ELSE COALESCE(array_length(asked, 1), 0)
END = depth) AND (depth >= 1) AND (depth <= 3))),
    CONSTRAINT leasing_sublease_depth_check CHECK ((depth >= 0)),
    CONSTRAINT leasing_sublease_ended_at CHECK ((((active_to IS NULL) OR ((status)::text = 'ENDED'::text)) AND (1 = (
CASE
    WHEN (active_to IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = 'ENDED'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_sublease_period_not_empty CHECK ((ends_at > starts_at)),
    CONSTRAINT leasing_sublease_running_since CHECK ((((active_from IS NULL) OR ((status)::text = ANY (ARRAY[('RUNNING'::character varying)::text, ('ENDED'::character varying)::text]))) AND (1 = (
CASE
    WHEN (active_from IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = ANY (ARRAY[('RUNNING'::character varying)::text, ('ENDED'::character varying)::text])) THEN 1
    ELSE 0
END)) AND (((agreement_id IS NULL) OR ((status)::text = ANY (ARRAY[('RUNNING'::character varying)::text, ('ENDED'::character varying)::text]))) AND (1 = (
CASE
    WHEN (agreement_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = ANY (ARRAY[('RUNNING'::character varying)::text, ('ENDED'::character varying)::text])) THEN 1
    ELSE 0
END))))),
    CONSTRAINT leasing_sublease_two_sides CHECK ((NOT (sublessor_id = sublessee_id))),
    CONSTRAINT leasing_sublease_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_sublease ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_sublease_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_subleasestep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    status_before character varying(16) NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    reason text NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_after character varying(10) NOT NULL,
    sublease_id bigint NOT NULL,
    channel character varying(8) NOT NULL,
    evidence jsonb NOT NULL,
    reason_code character varying(40) NOT NULL,
    CONSTRAINT leasing_subleasestep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_subleasestep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_subleasestep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_suspension (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    cause character varying(20) NOT NULL,
    treatment character varying(10) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    readings jsonb NOT NULL,
    days_added integer NOT NULL,
    days_credited integer NOT NULL,
    lease_id bigint NOT NULL,
    CONSTRAINT leasing_suspension_days_added_check CHECK ((days_added >= 0)),
    CONSTRAINT leasing_suspension_days_credited_check CHECK ((days_credited >= 0)),
    CONSTRAINT leasing_suspension_not_empty CHECK (((ended_at IS NULL) OR (ended_at > started_at)))
);



ALTER TABLE public.leasing_suspension ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_suspension_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_termstemplate (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(12) NOT NULL,
    version smallint NOT NULL,
    text_zh text NOT NULL,
    text_en text NOT NULL,
    digest character varying(64) NOT NULL,
    published_at timestamp with time zone NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    CONSTRAINT leasing_termstemplate_version_check CHECK ((version >= 0)),
    CONSTRAINT leasing_termstemplate_with_notice CHECK ((effective_at >= (published_at + '7 days'::interval)))
);



ALTER TABLE public.leasing_termstemplate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_termstemplate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_ticket (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    severity character varying(10) NOT NULL,
    text text NOT NULL,
    status character varying(12) NOT NULL,
    down_from timestamp with time zone NOT NULL,
    down_to timestamp with time zone,
    reported_at timestamp with time zone NOT NULL,
    responded_at timestamp with time zone,
    response_due_at timestamp with time zone NOT NULL,
    solution_due_at timestamp with time zone NOT NULL,
    confirm_by timestamp with time zone,
    measure_at timestamp with time zone,
    evidence jsonb,
    attribution character varying(10) NOT NULL,
    cause character varying(10) NOT NULL,
    remedy character varying(10) NOT NULL,
    reply_by timestamp with time zone,
    version integer NOT NULL,
    lease_id bigint NOT NULL,
    proposed_by_id bigint,
    raised_by_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    CONSTRAINT leasing_ticket_borne_by_somebody CHECK (((((attribution)::text = 'NONE'::text) AND ((cause)::text = ''::text)) OR ((NOT ((cause)::text = ''::text)) AND (NOT ((attribution)::text = 'NONE'::text)) AND (evidence IS NOT NULL) AND ((status)::text = 'CONFIRMED'::text)))),
    CONSTRAINT leasing_ticket_remedy_of_lessor CHECK (((((remedy)::text = ''::text) OR ((cause)::text = 'LESSOR'::text)) AND (1 = (
CASE
    WHEN ((remedy)::text = ''::text) THEN 1
    ELSE 0
END +
CASE
    WHEN ((cause)::text = 'LESSOR'::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_ticket_repaired_at CHECK ((((down_to IS NULL) OR ((status)::text = ANY (ARRAY[('SOLVED'::character varying)::text, ('CONFIRMED'::character varying)::text]))) AND (1 = (
CASE
    WHEN (down_to IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = ANY (ARRAY[('SOLVED'::character varying)::text, ('CONFIRMED'::character varying)::text])) THEN 1
    ELSE 0
END)))),
    CONSTRAINT leasing_ticket_standstill_not_empty CHECK (((down_to IS NULL) OR (down_to > down_from))),
    CONSTRAINT leasing_ticket_version_check CHECK ((version >= 0))
);



ALTER TABLE public.leasing_ticket ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_ticket_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_ticketphoto (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    photo_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    CONSTRAINT leasing_ticketphoto_not_too_many CHECK ((("position" >= 1) AND ("position" <= 5))),
    CONSTRAINT leasing_ticketphoto_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_ticketphoto ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_ticketphoto_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_ticketstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    reason text NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(12) NOT NULL,
    status_after character varying(12) NOT NULL,
    ticket_id bigint NOT NULL,
    channel character varying(8) NOT NULL,
    evidence jsonb NOT NULL,
    reason_code character varying(40) NOT NULL,
    CONSTRAINT leasing_ticketstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_ticketstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_ticketstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.leasing_transition (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    move character varying(16) NOT NULL,
    status_before character varying(16) NOT NULL,
    status_after character varying(16) NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    reason text NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    lease_id bigint NOT NULL,
    channel character varying(8) NOT NULL,
    evidence jsonb NOT NULL,
    reason_code character varying(40) NOT NULL,
    CONSTRAINT leasing_transition_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.leasing_transition ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.leasing_transition_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_announcement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(11) NOT NULL,
    title_zh character varying(80) NOT NULL,
    title_en character varying(80) NOT NULL,
    text_zh text NOT NULL,
    text_en text NOT NULL,
    audience character varying(9) NOT NULL,
    region character varying(2) NOT NULL,
    shown_from timestamp with time zone NOT NULL,
    shown_until timestamp with time zone NOT NULL,
    in_force_from timestamp with time zone,
    begins_at timestamp with time zone,
    ends_at timestamp with time zone,
    state character varying(9) NOT NULL,
    version integer NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    reason character varying(300) NOT NULL,
    CONSTRAINT marketplace_announcement_before_it_is_over CHECK (((published_at IS NULL) OR ((shown_until > published_at) AND ((ends_at IS NULL) OR (ends_at > published_at))))),
    CONSTRAINT marketplace_announcement_in_both_languages CHECK (((length(TRIM(BOTH FROM title_zh)) > 0) AND (length(TRIM(BOTH FROM title_en)) > 0) AND (length(TRIM(BOTH FROM text_zh)) > 0) AND (length(TRIM(BOTH FROM text_en)) > 0))),
    CONSTRAINT marketplace_announcement_in_force_if_rules CHECK ((((in_force_from IS NOT NULL) AND ((kind)::text = 'RULES'::text) AND (shown_until >= in_force_from)) OR ((NOT ((kind)::text = 'RULES'::text)) AND (in_force_from IS NULL)))),
    CONSTRAINT marketplace_announcement_in_order CHECK ((((published_at IS NULL) AND ((reason)::text = ''::text) AND ((state)::text = 'DRAFT'::text) AND (withdrawn_at IS NULL)) OR ((published_at IS NOT NULL) AND ((reason)::text = ''::text) AND ((state)::text = 'PUBLISHED'::text) AND (withdrawn_at IS NULL)) OR ((NOT ((reason)::text = ''::text)) AND (published_at IS NOT NULL) AND ((state)::text = 'WITHDRAWN'::text) AND (withdrawn_at >= published_at) AND (withdrawn_at IS NOT NULL)))),
    CONSTRAINT marketplace_announcement_no_longer_than CHECK (((length(text_zh) <= 5000) AND (length(text_en) <= 5000))),
    CONSTRAINT marketplace_announcement_region_if_for_one CHECK (((((audience)::text = 'REGION'::text) AND ((region)::text = ANY (ARRAY[('11'::character varying)::text, ('12'::character varying)::text, ('13'::character varying)::text, ('14'::character varying)::text, ('15'::character varying)::text, ('21'::character varying)::text, ('22'::character varying)::text, ('23'::character varying)::text, ('31'::character varying)::text, ('32'::character varying)::text, ('33'::character varying)::text, ('34'::character varying)::text, ('35'::character varying)::text, ('36'::character varying)::text, ('37'::character varying)::text, ('41'::character varying)::text, ('42'::character varying)::text, ('43'::character varying)::text, ('44'::character varying)::text, ('45'::character varying)::text, ('46'::character varying)::text, ('50'::character varying)::text, ('51'::character varying)::text, ('52'::character varying)::text, ('53'::character varying)::text, ('54'::character varying)::text, ('61'::character varying)::text, ('62'::character varying)::text, ('63'::character varying)::text, ('64'::character varying)::text, ('65'::character varying)::text, ('71'::character varying)::text, ('81'::character varying)::text, ('82'::character varying)::text]))) OR ((NOT ((audience)::text = 'REGION'::text)) AND ((region)::text = ''::text)))),
    CONSTRAINT marketplace_announcement_rules_with_notice CHECK (((published_at IS NULL) OR (in_force_from IS NULL) OR ((in_force_from >= (published_at + '7 days'::interval)) AND (in_force_from >= (shown_from + '7 days'::interval))))),
    CONSTRAINT marketplace_announcement_shown_for_a_while CHECK ((shown_until > shown_from)),
    CONSTRAINT marketplace_announcement_version_check CHECK ((version >= 0)),
    CONSTRAINT marketplace_announcement_window_if_maintenance CHECK ((((begins_at IS NOT NULL) AND (ends_at > begins_at) AND (ends_at IS NOT NULL) AND ((kind)::text = 'MAINTENANCE'::text)) OR ((NOT ((kind)::text = 'MAINTENANCE'::text)) AND (begins_at IS NULL) AND (ends_at IS NULL))))
);



ALTER TABLE public.marketplace_announcement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_announcement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_apikey (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    identifier character varying(16) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    scopes character varying(24)[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    user_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    last_used_from inet,
    networks cidr[] NOT NULL,
    note character varying(400) NOT NULL,
    old_secret_hash character varying(64) NOT NULL,
    old_secret_until timestamp with time zone,
    rotated_at timestamp with time zone,
    CONSTRAINT marketplace_apikey_few_networks CHECK ((
CASE
    WHEN (networks IS NULL) THEN NULL::integer
    ELSE COALESCE(array_length(networks, 1), 0)
END <= 20)),
    CONSTRAINT marketplace_apikey_old_secret_ends CHECK (((((old_secret_hash)::text = ''::text) AND (old_secret_until IS NULL)) OR ((NOT ((old_secret_hash)::text = ''::text)) AND (old_secret_until > rotated_at) AND (old_secret_until IS NOT NULL) AND (rotated_at IS NOT NULL)))),
    CONSTRAINT marketplace_apikey_other_secret CHECK ((NOT ((old_secret_hash)::text = (secret_hash)::text)))
);



ALTER TABLE public.marketplace_apikey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_apikey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_apirequest (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    method character varying(10) NOT NULL,
    path character varying(300) NOT NULL,
    status smallint NOT NULL,
    code character varying(60) NOT NULL,
    request_id character varying(64) NOT NULL,
    address inet,
    duration_ms integer NOT NULL,
    key_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_apirequest_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT marketplace_apirequest_status CHECK (((status >= 100) AND (status <= 599))),
    CONSTRAINT marketplace_apirequest_status_check CHECK ((status >= 0))
);



ALTER TABLE public.marketplace_apirequest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_apirequest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_askedin (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    email character varying(254) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL
);



ALTER TABLE public.marketplace_askedin ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_askedin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_auditentry (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    action character varying(60) NOT NULL,
    subject character varying(30) NOT NULL,
    facts jsonb NOT NULL,
    request_id character varying(64) NOT NULL
);



ALTER TABLE public.marketplace_auditentry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_auditentry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_backgroundjob (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(30) NOT NULL,
    subject character varying(30) NOT NULL,
    title character varying(120) NOT NULL,
    status character varying(10) NOT NULL,
    done integer NOT NULL,
    total integer NOT NULL,
    taken_up smallint NOT NULL,
    problem jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    moved_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    made_by_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_backgroundjob_done_check CHECK ((done >= 0)),
    CONSTRAINT marketplace_backgroundjob_ended CHECK (((((status)::text = ANY (ARRAY[('QUEUED'::character varying)::text, ('RUNNING'::character varying)::text])) OR (finished_at IS NOT NULL)) AND (1 = (
CASE
    WHEN ((status)::text = ANY (ARRAY[('QUEUED'::character varying)::text, ('RUNNING'::character varying)::text])) THEN 1
    ELSE 0
END +
CASE
    WHEN (finished_at IS NOT NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT marketplace_backgroundjob_taken_up_check CHECK ((taken_up >= 0)),
    CONSTRAINT marketplace_backgroundjob_total_check CHECK ((total >= 0)),
    CONSTRAINT marketplace_backgroundjob_within CHECK ((done <= total))
);



ALTER TABLE public.marketplace_backgroundjob ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_backgroundjob_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_category (
    id bigint NOT NULL,
    code character varying(20) NOT NULL,
    name character varying(80) NOT NULL,
    name_zh character varying(80) NOT NULL,
    family character varying(4) NOT NULL,
    "position" smallint NOT NULL,
    parent_id bigint,
    CONSTRAINT marketplace_category_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.marketplace_category ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_category_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_chain (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    leader_id bigint NOT NULL
);



ALTER TABLE public.marketplace_chain ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_chain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_chainmember (
    id bigint NOT NULL,
    status character varying(10) NOT NULL,
    invited_at timestamp with time zone NOT NULL,
    invited_by character varying(30) NOT NULL,
    invited_by_name character varying(80) NOT NULL,
    changed_at timestamp with time zone,
    changed_by character varying(30) NOT NULL,
    changed_by_name character varying(80) NOT NULL,
    chain_id bigint NOT NULL,
    member_id bigint NOT NULL,
    CONSTRAINT marketplace_chainmember_changed CHECK ((((changed_at IS NULL) AND ((status)::text = 'INVITED'::text)) OR ((NOT ((status)::text = 'INVITED'::text)) AND (changed_at IS NOT NULL))))
);



ALTER TABLE public.marketplace_chainmember ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_chainmember_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_claim (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reason character varying(12) NOT NULL,
    reference character varying(30) NOT NULL,
    core tstzrange NOT NULL,
    period tstzrange NOT NULL,
    active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    equipment_id bigint NOT NULL,
    held_until timestamp with time zone,
    note character varying(200) NOT NULL,
    movable boolean NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT marketplace_claim_core_within_period CHECK ((period @> core)),
    CONSTRAINT marketplace_claim_period_not_empty CHECK ((NOT isempty(period))),
    CONSTRAINT marketplace_claim_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_claim ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_claim_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_closing (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    state character varying(10) NOT NULL,
    asked_by character varying(30) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_closing_ended CHECK ((((ended_at IS NULL) AND ((state)::text = 'ASKED'::text)) OR ((NOT ((state)::text = 'ASKED'::text)) AND (ended_at IS NOT NULL)))),
    CONSTRAINT marketplace_closing_not_before_its_time CHECK (((NOT ((state)::text = 'DONE'::text)) OR (ended_at >= due_at)))
);



ALTER TABLE public.marketplace_closing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_closing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_contentcase (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    about character varying(8) NOT NULL,
    item character varying(30) NOT NULL,
    named character varying(160) NOT NULL,
    ground character varying(10) NOT NULL,
    text character varying(500) NOT NULL,
    state character varying(9) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    reason character varying(300) NOT NULL,
    answer character varying(500) NOT NULL,
    listing_id bigint NOT NULL,
    photo_id bigint,
    reporter_id bigint,
    document_id bigint,
    CONSTRAINT marketplace_contentcase_about_one_thing CHECK (((((about)::text = 'LISTING'::text) AND (document_id IS NULL) AND (photo_id IS NULL)) OR (((about)::text = 'PHOTO'::text) AND (document_id IS NULL)) OR (((about)::text = 'DOCUMENT'::text) AND (photo_id IS NULL)))),
    CONSTRAINT marketplace_contentcase_decided_with_a_reason CHECK (((((reason)::text = ''::text) AND (reporter_id IS NOT NULL) AND ((state)::text = 'OPEN'::text)) OR ((NOT ((state)::text = 'OPEN'::text)) AND (NOT ((reason)::text = ''::text))))),
    CONSTRAINT marketplace_contentcase_in_order CHECK ((moved_at >= opened_at))
);



ALTER TABLE public.marketplace_contentcase ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_contentcase_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_contentstep (
    id bigint NOT NULL,
    verb character varying(7) NOT NULL,
    text character varying(500) NOT NULL,
    by character varying(30) NOT NULL,
    by_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL
);



ALTER TABLE public.marketplace_contentstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_contentstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_conversation (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reference character varying(30) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    last_number integer NOT NULL,
    last_at timestamp with time zone NOT NULL,
    asker_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    CONSTRAINT marketplace_conversation_last_number_check CHECK ((last_number >= 0)),
    CONSTRAINT marketplace_conversation_two_sides CHECK ((NOT (owner_id = asker_id)))
);



ALTER TABLE public.marketplace_conversation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_conversation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_dataexport (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    about character varying(12) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    expires_at timestamp with time zone,
    content bytea,
    size bigint NOT NULL,
    sha256 character varying(64) NOT NULL,
    job_id bigint,
    made_by_id bigint NOT NULL,
    organization_id bigint,
    CONSTRAINT marketplace_dataexport_ended_with_a_file CHECK ((((content IS NULL) AND (ended_at IS NULL) AND (expires_at IS NULL) AND ((sha256)::text = ''::text)) OR ((ended_at IS NOT NULL) AND (expires_at > ended_at) AND (NOT ((sha256)::text = ''::text))))),
    CONSTRAINT marketplace_dataexport_of_somebody CHECK ((NOT (((about)::text = 'ORGANIZATION'::text) AND (organization_id IS NULL)))),
    CONSTRAINT marketplace_dataexport_size_check CHECK ((size >= 0))
);



ALTER TABLE public.marketplace_dataexport ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_dataexport_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_datatable (
    id bigint NOT NULL,
    name character varying(40) NOT NULL,
    rows integer NOT NULL,
    csv bytea NOT NULL,
    "json" bytea NOT NULL,
    of_id bigint NOT NULL,
    CONSTRAINT marketplace_datatable_rows_check CHECK ((rows >= 0))
);



ALTER TABLE public.marketplace_datatable ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_datatable_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_dictionaryversion (
    id bigint NOT NULL,
    number smallint NOT NULL,
    fields jsonb NOT NULL,
    renamed jsonb NOT NULL,
    reason character varying(300) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    category_id bigint NOT NULL,
    CONSTRAINT marketplace_dictionaryversion_made_by_somebody CHECK (((((made_by)::text = ''::text) AND (number = 1)) OR ((number >= 2) AND (NOT ((made_by)::text = ''::text)) AND (NOT ((reason)::text = ''::text))))),
    CONSTRAINT marketplace_dictionaryversion_number_check CHECK ((number >= 0))
);



ALTER TABLE public.marketplace_dictionaryversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_dictionaryversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_encumbrancesearch (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    searched_at timestamp with time zone NOT NULL,
    query_number character varying(60) NOT NULL,
    result character varying(10) NOT NULL,
    registration_number character varying(60) NOT NULL,
    holder character varying(120) NOT NULL,
    consent character varying(120) NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    equipment_id bigint NOT NULL,
    CONSTRAINT marketplace_encumbrancesearch_found_has_a_holder CHECK (((((consent)::text = ''::text) AND ((holder)::text = ''::text) AND ((registration_number)::text = ''::text) AND ((result)::text = 'CLEAR'::text)) OR (((result)::text = 'ENCUMBERED'::text) AND (NOT ((registration_number)::text = ''::text)) AND (NOT ((holder)::text = ''::text))))),
    CONSTRAINT marketplace_encumbrancesearch_not_of_the_future CHECK (((searched_at <= recorded_at) AND (NOT ((query_number)::text = ''::text))))
);



ALTER TABLE public.marketplace_encumbrancesearch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_encumbrancesearch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_equipment (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(120) NOT NULL,
    maker_name character varying(80) NOT NULL,
    model_name character varying(80) NOT NULL,
    serial_number character varying(60) NOT NULL,
    built_on date,
    specs jsonb NOT NULL,
    status character varying(12) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    category_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    site_id bigint NOT NULL,
    is_disproved boolean DEFAULT false NOT NULL,
    retired_why character varying(300) DEFAULT ''::character varying NOT NULL,
    retirement character varying(9) DEFAULT ''::character varying NOT NULL,
    dictionary_version smallint DEFAULT 1 NOT NULL,
    CONSTRAINT marketplace_equipment_dictionary_version_check CHECK ((dictionary_version >= 0)),
    CONSTRAINT marketplace_equipment_has_serial CHECK ((NOT ((serial_number)::text = ''::text))),
    CONSTRAINT marketplace_equipment_out_of_service_for_a_reason CHECK (((((retirement)::text = ''::text) AND ((status)::text = 'IN_SERVICE'::text)) OR (((status)::text = 'RETIRED'::text) AND (NOT ((retirement)::text = ''::text))) OR (((retirement)::text = 'SET_ASIDE'::text) AND ((status)::text = ANY (ARRAY[('REFURBISHING'::character varying)::text, ('SCRAPPED'::character varying)::text]))))),
    CONSTRAINT marketplace_equipment_stated_with_a_version CHECK ((dictionary_version >= 1)),
    CONSTRAINT marketplace_equipment_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_equipment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_equipment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_equipmentcheck (
    id bigint NOT NULL,
    passed boolean NOT NULL,
    seen character varying(120) NOT NULL,
    note character varying(300) NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(12) NOT NULL,
    equipment_id bigint NOT NULL,
    CONSTRAINT marketplace_equipmentcheck_holds_for_a_time CHECK (((checked_at <= recorded_at) AND (valid_until > checked_at) AND (NOT ((seen)::text = ''::text))))
);



ALTER TABLE public.marketplace_equipmentcheck ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_equipmentcheck_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_equipmentdocument (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    "position" smallint NOT NULL,
    kind character varying(14) NOT NULL,
    title character varying(120) NOT NULL,
    audience character varying(10) NOT NULL,
    valid_until date,
    media_type character varying(20) NOT NULL,
    content bytea NOT NULL,
    sha256 character varying(64) NOT NULL,
    size integer NOT NULL,
    pages smallint NOT NULL,
    added_by character varying(30) NOT NULL,
    added_by_name character varying(80) NOT NULL,
    added_at timestamp with time zone NOT NULL,
    equipment_id bigint NOT NULL,
    refurbishment_id bigint,
    CONSTRAINT marketplace_equipmentdocument_is_whole CHECK (((NOT ((title)::text = ''::text)) AND ((media_type)::text = ANY (ARRAY[('application/pdf'::character varying)::text, ('image/jpeg'::character varying)::text])) AND (pages >= 1) AND (size >= 1))),
    CONSTRAINT marketplace_equipmentdocument_pages_check CHECK ((pages >= 0)),
    CONSTRAINT marketplace_equipmentdocument_position_check CHECK (("position" >= 0)),
    CONSTRAINT marketplace_equipmentdocument_size_check CHECK ((size >= 0))
);



ALTER TABLE public.marketplace_equipmentdocument ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_equipmentdocument_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_equipmentrecord (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(14) NOT NULL,
    result character varying(6) NOT NULL,
    done_at timestamp with time zone NOT NULL,
    done_by character varying(120) NOT NULL,
    valid_until timestamp with time zone,
    reference character varying(120) NOT NULL,
    batch character varying(60) NOT NULL,
    product character varying(60) NOT NULL,
    released_by character varying(120) NOT NULL,
    document_sha256 character varying(64) NOT NULL,
    note text NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    equipment_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    replaces_id bigint,
    CONSTRAINT marketplace_equipmentrecord_batches_alone_have_numbers CHECK (((((kind)::text = 'BATCH'::text) AND (valid_until IS NULL) AND (NOT ((batch)::text = ''::text)) AND (NOT ((product)::text = ''::text))) OR ((NOT ((kind)::text = 'BATCH'::text)) AND ((batch)::text = ''::text) AND ((product)::text = ''::text) AND ((released_by)::text = ''::text)))),
    CONSTRAINT marketplace_equipmentrecord_calibration_has_certificate CHECK (((NOT ((kind)::text = 'CALIBRATION'::text)) OR ((NOT ((reference)::text = ''::text)) AND ((NOT ((result)::text = 'PASSED'::text)) OR (valid_until IS NOT NULL))))),
    CONSTRAINT marketplace_equipmentrecord_document_is_hashed CHECK ((((document_sha256)::text = ''::text) OR ((document_sha256)::text ~ '^[0-9a-f]{64}$'::text))),
    CONSTRAINT marketplace_equipmentrecord_holds_after_it_was_done CHECK (((valid_until IS NULL) OR (((result)::text = 'PASSED'::text) AND (valid_until > done_at)))),
    CONSTRAINT marketplace_equipmentrecord_not_of_the_future CHECK ((done_at <= recorded_at)),
    CONSTRAINT marketplace_equipmentrecord_open_or_released CHECK ((((NOT ((kind)::text = 'BATCH'::text)) AND (NOT ((result)::text = 'OPEN'::text))) OR (((kind)::text = 'BATCH'::text) AND ((((result)::text = 'OPEN'::text) OR (NOT ((released_by)::text = ''::text))) AND (1 = (
CASE
    WHEN ((result)::text = 'OPEN'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((released_by)::text = ''::text)) THEN 1
    ELSE 0
END))))))
);



ALTER TABLE public.marketplace_equipmentrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_equipmentrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_event (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    type character varying(30) NOT NULL,
    version smallint NOT NULL,
    object character varying(30) NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    sequence bigint,
    request_id character varying(64) NOT NULL,
    once character varying(120) NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_event_sequence_check CHECK ((sequence >= 0)),
    CONSTRAINT marketplace_event_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_eventhead (
    id bigint NOT NULL,
    last bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_eventhead_last_check CHECK ((last >= 0))
);



ALTER TABLE public.marketplace_eventhead ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_eventhead_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_idempotencyrecord (
    id bigint NOT NULL,
    caller character varying(40) NOT NULL,
    method_path character varying(200) NOT NULL,
    key character varying(100) NOT NULL,
    body_hash character varying(64) NOT NULL,
    status smallint NOT NULL,
    content_type character varying(80) NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT marketplace_idempotencyrecord_status_check CHECK ((status >= 0))
);



ALTER TABLE public.marketplace_idempotencyrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_idempotencyrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_import (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(120) NOT NULL,
    format character varying(4) NOT NULL,
    mode character varying(20) NOT NULL,
    is_trial boolean NOT NULL,
    headings jsonb NOT NULL,
    sites jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ran_at timestamp with time zone,
    job_id bigint,
    made_by_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    dictionaries jsonb DEFAULT '{}'::jsonb NOT NULL
);



ALTER TABLE public.marketplace_import ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_import_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_importrow (
    id bigint NOT NULL,
    place integer NOT NULL,
    number integer NOT NULL,
    cells jsonb NOT NULL,
    repeats integer,
    status character varying(8) NOT NULL,
    equipment jsonb NOT NULL,
    listing character varying(30) NOT NULL,
    errors jsonb NOT NULL,
    of_id bigint NOT NULL,
    CONSTRAINT marketplace_importrow_number_check CHECK ((number >= 0)),
    CONSTRAINT marketplace_importrow_place_check CHECK ((place >= 0)),
    CONSTRAINT marketplace_importrow_repeats_check CHECK ((repeats >= 0))
);



ALTER TABLE public.marketplace_importrow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_importrow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_invitation (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    email character varying(254) NOT NULL,
    role character varying(12) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    accepted_by_id bigint,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_invitation_accepted_or_revoked CHECK (((accepted_at IS NULL) OR (revoked_at IS NULL)))
);



ALTER TABLE public.marketplace_invitation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_invitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_joinrequest (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    email character varying(254) NOT NULL,
    person_name character varying(80) NOT NULL,
    given jsonb NOT NULL,
    papers jsonb NOT NULL,
    licence bytea NOT NULL,
    mandate bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);



ALTER TABLE public.marketplace_joinrequest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_joinrequest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_letter (
    id bigint NOT NULL,
    "to" character varying(254) NOT NULL,
    subject character varying(200) NOT NULL,
    body text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    taken_at timestamp with time zone,
    sent_at timestamp with time zone,
    tries smallint NOT NULL,
    CONSTRAINT marketplace_letter_tries_check CHECK ((tries >= 0))
);



ALTER TABLE public.marketplace_letter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_listing (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    title character varying(120) NOT NULL,
    summary text NOT NULL,
    specs jsonb NOT NULL,
    price_plan jsonb NOT NULL,
    count_rules jsonb NOT NULL,
    deposit_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    zone character varying(40) NOT NULL,
    buffer_before_hours smallint NOT NULL,
    buffer_after_hours smallint NOT NULL,
    minimum_days smallint NOT NULL,
    status character varying(10) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    category_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    site_id bigint NOT NULL,
    data_terms jsonb NOT NULL,
    chain_id bigint,
    CONSTRAINT marketplace_listing_buffer_after_hours_check CHECK ((buffer_after_hours >= 0)),
    CONSTRAINT marketplace_listing_buffer_before_hours_check CHECK ((buffer_before_hours >= 0)),
    CONSTRAINT marketplace_listing_deposit_minor_check CHECK ((deposit_minor >= 0)),
    CONSTRAINT marketplace_listing_minimum_days_check CHECK ((minimum_days >= 0)),
    CONSTRAINT marketplace_listing_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_listing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_listing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_listingphoto (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    "position" smallint NOT NULL,
    alt_zh character varying(160) NOT NULL,
    alt_en character varying(160) NOT NULL,
    sha256 character varying(64) NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    "full" bytea NOT NULL,
    card bytea NOT NULL,
    thumb bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    listing_id bigint NOT NULL,
    CONSTRAINT marketplace_listingphoto_height_check CHECK ((height >= 0)),
    CONSTRAINT marketplace_listingphoto_is_described CHECK (((NOT ((alt_zh)::text = ''::text)) AND (NOT ((alt_en)::text = ''::text)) AND (height >= 1) AND (width >= 1))),
    CONSTRAINT marketplace_listingphoto_position_check CHECK (("position" >= 0)),
    CONSTRAINT marketplace_listingphoto_width_check CHECK ((width >= 0))
);



ALTER TABLE public.marketplace_listingphoto ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_listingphoto_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_listingservice (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    provider_name character varying(120) NOT NULL,
    kind character varying(20) NOT NULL,
    basis character varying(5) NOT NULL,
    price_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    tax_category character varying(20) NOT NULL,
    lead_hours integer NOT NULL,
    required boolean NOT NULL,
    description_zh character varying(500) NOT NULL,
    description_en character varying(500) NOT NULL,
    digest character varying(64) NOT NULL,
    status character varying(10) NOT NULL,
    offered_at timestamp with time zone NOT NULL,
    agreed_at timestamp with time zone,
    agreed_by character varying(30) NOT NULL,
    agreed_by_name character varying(80) NOT NULL,
    over_at timestamp with time zone,
    reason character varying(500) NOT NULL,
    listing_id bigint NOT NULL,
    provider_id bigint NOT NULL,
    CONSTRAINT marketplace_listingservice_agreed_by_a_person CHECK (((NOT ((status)::text = 'AGREED'::text)) OR ((agreed_at IS NOT NULL) AND (NOT ((agreed_by)::text = ''::text))))),
    CONSTRAINT marketplace_listingservice_lead_hours_check CHECK ((lead_hours >= 0)),
    CONSTRAINT marketplace_listingservice_over_at CHECK ((((over_at IS NULL) OR ((status)::text = ANY (ARRAY[('DECLINED'::character varying)::text, ('WITHDRAWN'::character varying)::text]))) AND (1 = (
CASE
    WHEN (over_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((status)::text = ANY (ARRAY[('DECLINED'::character varying)::text, ('WITHDRAWN'::character varying)::text])) THEN 1
    ELSE 0
END)))),
    CONSTRAINT marketplace_listingservice_price_minor_check CHECK ((price_minor >= 0))
);



ALTER TABLE public.marketplace_listingservice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_listingservice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_listingunit (
    id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    listing_id bigint NOT NULL
);



ALTER TABLE public.marketplace_listingunit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_listingunit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_maturitydeclaration (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    tier character varying(9) NOT NULL,
    level smallint,
    source character varying(200) NOT NULL,
    valid_from date NOT NULL,
    is_verified boolean NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    made_for_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    site_id bigint,
    CONSTRAINT marketplace_maturitydeclaration_has_source CHECK ((NOT ((source)::text = ''::text))),
    CONSTRAINT marketplace_maturitydeclaration_level_check CHECK ((level >= 0)),
    CONSTRAINT marketplace_maturitydeclaration_one_of_two CHECK ((((level >= 1) AND (level <= 5) AND (site_id IS NULL) AND ((tier)::text = ''::text)) OR ((level IS NULL) AND (site_id IS NOT NULL) AND (NOT ((tier)::text = ''::text)))))
);



ALTER TABLE public.marketplace_maturitydeclaration ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_maturitydeclaration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_membership (
    id bigint NOT NULL,
    role character varying(12) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL,
    organization_id bigint NOT NULL
);



ALTER TABLE public.marketplace_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_message (
    id bigint NOT NULL,
    number integer NOT NULL,
    author character varying(30) NOT NULL,
    author_name character varying(80) NOT NULL,
    kind character varying(8) NOT NULL,
    text text NOT NULL,
    meet_at timestamp with time zone,
    written_at timestamp with time zone NOT NULL,
    answers_id bigint,
    conversation_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_message_answers_a_proposal CHECK ((((answers_id IS NULL) OR ((kind)::text = ANY (ARRAY[('CONFIRM'::character varying)::text, ('DECLINE'::character varying)::text]))) AND (1 = (
CASE
    WHEN (answers_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((kind)::text = ANY (ARRAY[('CONFIRM'::character varying)::text, ('DECLINE'::character varying)::text])) THEN 1
    ELSE 0
END)))),
    CONSTRAINT marketplace_message_number_check CHECK ((number >= 0)),
    CONSTRAINT marketplace_message_viewing_has_a_time CHECK (((NOT ((kind)::text = 'VIEWING'::text)) OR (meet_at IS NOT NULL)))
);



ALTER TABLE public.marketplace_message ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_movedclock (
    id smallint NOT NULL,
    ahead interval NOT NULL,
    moved_at timestamp with time zone,
    moved_by character varying(30) NOT NULL,
    CONSTRAINT marketplace_movedclock_ahead_of_the_machines CHECK (((ahead >= '00:00:00'::interval) AND (ahead <= '400 days'::interval))),
    CONSTRAINT marketplace_movedclock_id_check CHECK ((id >= 0)),
    CONSTRAINT marketplace_movedclock_moved_by_somebody CHECK ((((moved_at IS NULL) AND ((moved_by)::text = ''::text)) OR ((moved_at IS NOT NULL) AND (NOT ((moved_by)::text = ''::text))))),
    CONSTRAINT marketplace_movedclock_one CHECK ((id = 1))
);



CREATE TABLE public.marketplace_nameplatecase (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    serial_number character varying(60) NOT NULL,
    state character varying(12) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decided_by character varying(30) NOT NULL,
    decided_by_name character varying(80) NOT NULL,
    reason character varying(300) NOT NULL,
    claimant_id bigint NOT NULL,
    first_id bigint NOT NULL,
    second_id bigint,
    reopened_at timestamp with time zone,
    reopened_why character varying(300) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT marketplace_nameplatecase_decided_with_a_reason CHECK ((((decided_at IS NULL) AND ((reason)::text = ''::text) AND ((state)::text = 'OPEN'::text)) OR ((NOT ((state)::text = 'OPEN'::text)) AND (decided_at IS NOT NULL) AND (NOT ((reason)::text = ''::text))))),
    CONSTRAINT marketplace_nameplatecase_reopened_with_a_reason CHECK ((((reopened_at IS NULL) AND ((reopened_why)::text = ''::text)) OR ((reopened_at >= opened_at) AND (NOT ((reopened_why)::text = ''::text)))))
);



ALTER TABLE public.marketplace_nameplatecase ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_nameplatecase_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_need (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    status character varying(10) NOT NULL,
    title character varying(120) NOT NULL,
    description text NOT NULL,
    words character varying(120) NOT NULL,
    kinds character varying(80)[] NOT NULL,
    material character varying(80) NOT NULL,
    quantity integer NOT NULL,
    hours numeric(9,2),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    flexible_days smallint NOT NULL,
    requirements character varying(60)[] NOT NULL,
    region character varying(6) NOT NULL,
    latitude numeric(8,5),
    longitude numeric(8,5),
    km integer,
    budget_minor bigint,
    budget_per character varying(4) NOT NULL,
    budget_shown boolean NOT NULL,
    name_shown boolean NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    posted_at timestamp with time zone,
    over_at timestamp with time zone,
    reason character varying(500) NOT NULL,
    lease character varying(30) NOT NULL,
    category_id bigint,
    chain_id bigint,
    poster_id bigint NOT NULL,
    chosen_id bigint,
    CONSTRAINT marketplace_need_budget_minor_check CHECK ((budget_minor >= 0)),
    CONSTRAINT marketplace_need_days CHECK ((ends_on > starts_on)),
    CONSTRAINT marketplace_need_flexible_days_check CHECK ((flexible_days >= 0)),
    CONSTRAINT marketplace_need_km_check CHECK ((km >= 0)),
    CONSTRAINT marketplace_need_lease CHECK (((((lease)::text = ''::text) OR ((chosen_id IS NOT NULL) AND ((status)::text = 'FULFILLED'::text))) AND (1 = (
CASE
    WHEN ((lease)::text = ''::text) THEN 1
    ELSE 0
END +
CASE
    WHEN ((chosen_id IS NOT NULL) AND ((status)::text = 'FULFILLED'::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT marketplace_need_over_at CHECK ((((over_at IS NULL) OR (NOT ((status)::text = ANY (ARRAY[('DRAFT'::character varying)::text, ('POSTED'::character varying)::text])))) AND (1 = (
CASE
    WHEN (over_at IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((status)::text = ANY (ARRAY[('DRAFT'::character varying)::text, ('POSTED'::character varying)::text]))) THEN 1
    ELSE 0
END)))),
    CONSTRAINT marketplace_need_posted_at CHECK (((posted_at IS NOT NULL) OR ((status)::text = ANY (ARRAY[('DRAFT'::character varying)::text, ('WITHDRAWN'::character varying)::text])))),
    CONSTRAINT marketplace_need_quantity_check CHECK ((quantity >= 0))
);



ALTER TABLE public.marketplace_need ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_need_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_needanswer (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    note character varying(500) NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    answered_by character varying(30) NOT NULL,
    listing_id bigint,
    need_id bigint NOT NULL,
    owner_id bigint NOT NULL
);



ALTER TABLE public.marketplace_needanswer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_needanswer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_needinvitation (
    id bigint NOT NULL,
    invited_at timestamp with time zone NOT NULL,
    invited_by character varying(30) NOT NULL,
    need_id bigint NOT NULL,
    owner_id bigint NOT NULL
);



ALTER TABLE public.marketplace_needinvitation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_needinvitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_notification (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(30) NOT NULL,
    facts jsonb NOT NULL,
    link character varying(200) NOT NULL,
    once character varying(120) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    mailed_at timestamp with time zone,
    tries smallint NOT NULL,
    organization_id bigint NOT NULL,
    person_id bigint,
    CONSTRAINT marketplace_notification_tries_check CHECK ((tries >= 0))
);



ALTER TABLE public.marketplace_notification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_organization (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(120) NOT NULL,
    name_en character varying(120) NOT NULL,
    kind character varying(20) NOT NULL,
    credit_code character varying(18) NOT NULL,
    region_code character varying(6) NOT NULL,
    industry_code character varying(8) NOT NULL,
    address character varying(200) NOT NULL,
    phone character varying(30) NOT NULL,
    bank_account character varying(60) NOT NULL,
    verified_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    is_synthetic boolean NOT NULL,
    asks_second_factor boolean NOT NULL,
    awaits_verification boolean NOT NULL,
    verify_again_on date,
    requests_a_minute integer,
    closed_at timestamp with time zone,
    closing_at timestamp with time zone,
    CONSTRAINT marketplace_organization_closed_after_it_closes CHECK (((closed_at IS NULL) OR ((closed_at >= closing_at) AND (closing_at IS NOT NULL)))),
    CONSTRAINT marketplace_organization_credit_code_is_normalised CHECK (((credit_code)::text ~ '^[0-9A-HJ-NP-RTUWXY]{17}[0-9A-HJ-NP-RTUWXY]$'::text)),
    CONSTRAINT marketplace_organization_platform_is_real CHECK ((NOT (is_synthetic AND ((kind)::text = 'PLATFORM'::text)))),
    CONSTRAINT marketplace_organization_platform_stays CHECK ((NOT ((closing_at IS NOT NULL) AND ((kind)::text = 'PLATFORM'::text)))),
    CONSTRAINT marketplace_organization_requests_a_minute CHECK (((requests_a_minute IS NULL) OR ((requests_a_minute >= 1) AND (requests_a_minute <= 100000)))),
    CONSTRAINT marketplace_organization_requests_a_minute_check CHECK ((requests_a_minute >= 0)),
    CONSTRAINT marketplace_organization_verified_or_not CHECK ((NOT (awaits_verification AND (verified_at IS NOT NULL))))
);



ALTER TABLE public.marketplace_organization ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_organization_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_organizationcheck (
    id bigint NOT NULL,
    passed boolean NOT NULL,
    seen character varying(120) NOT NULL,
    note character varying(300) NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(12) NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_organizationcheck_holds_for_a_time CHECK (((checked_at <= recorded_at) AND (valid_until > checked_at) AND (NOT ((seen)::text = ''::text))))
);



ALTER TABLE public.marketplace_organizationcheck ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_organizationcheck_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_privacyacceptance (
    id bigint NOT NULL,
    version character varying(12) NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL
);



ALTER TABLE public.marketplace_privacyacceptance ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_privacyacceptance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_readmark (
    id bigint NOT NULL,
    number integer NOT NULL,
    read_at timestamp with time zone NOT NULL,
    conversation_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_readmark_number_check CHECK ((number >= 0))
);



ALTER TABLE public.marketplace_readmark ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_readmark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_recoverycode (
    id bigint NOT NULL,
    code_hash character varying(64) NOT NULL,
    used_at timestamp with time zone,
    user_id bigint NOT NULL
);



ALTER TABLE public.marketplace_recoverycode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_recoverycode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_refurbishment (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    begun_by character varying(30) NOT NULL,
    begun_by_name character varying(80) NOT NULL,
    finished_at timestamp with time zone,
    finished_by character varying(30) NOT NULL,
    finished_by_name character varying(80) NOT NULL,
    outcome character varying(8) NOT NULL,
    workshop character varying(120) NOT NULL,
    hours numeric(9,1),
    test_run text NOT NULL,
    grade character varying(1) NOT NULL,
    equipment_id bigint NOT NULL,
    CONSTRAINT marketplace_refurbishment_over_with_an_outcome CHECK ((((finished_at IS NULL) AND ((grade)::text = ''::text) AND (hours IS NULL) AND ((outcome)::text = ''::text)) OR ((finished_at >= begun_at) AND ((grade)::text = ''::text) AND (hours IS NULL) AND ((outcome)::text = 'GIVEN_UP'::text)) OR ((finished_at >= begun_at) AND (hours >= (0)::numeric) AND ((outcome)::text = 'DONE'::text) AND (NOT ((grade)::text = ''::text)) AND (NOT (test_run = ''::text)) AND (NOT ((workshop)::text = ''::text)))))
);



ALTER TABLE public.marketplace_refurbishment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_refurbishment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_refurbishmententry (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(8) NOT NULL,
    what character varying(300) NOT NULL,
    part character varying(120) NOT NULL,
    done_by character varying(120) NOT NULL,
    done_on date NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    refurbishment_id bigint NOT NULL,
    CONSTRAINT marketplace_refurbishmententry_says_what CHECK (((NOT ((what)::text = ''::text)) AND (NOT ((done_by)::text = ''::text)) AND ((NOT ((kind)::text = 'PART'::text)) OR (NOT ((part)::text = ''::text)))))
);



ALTER TABLE public.marketplace_refurbishmententry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_refurbishmententry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_savedfilter (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    page character varying(40) NOT NULL,
    name character varying(60) NOT NULL,
    query character varying(1000) NOT NULL,
    place smallint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL,
    user_id bigint NOT NULL,
    due_at timestamp with time zone,
    looked_at timestamp with time zone,
    stopped character varying(10) NOT NULL,
    telling character varying(8) NOT NULL,
    whole boolean NOT NULL,
    failures smallint NOT NULL,
    CONSTRAINT marketplace_savedfilter_bounded CHECK (((place >= 1) AND (place <= 20))),
    CONSTRAINT marketplace_savedfilter_due CHECK (((due_at IS NULL) OR ((NOT ((telling)::text = 'NEVER'::text)) AND (looked_at IS NOT NULL) AND ((stopped)::text = ''::text)))),
    CONSTRAINT marketplace_savedfilter_failures_check CHECK ((failures >= 0)),
    CONSTRAINT marketplace_savedfilter_named CHECK ((NOT ((name)::text = ''::text))),
    CONSTRAINT marketplace_savedfilter_place_check CHECK ((place >= 0)),
    CONSTRAINT marketplace_savedfilter_told_of_searches CHECK ((((page)::text = 'catalogue'::text) OR ((telling)::text = 'NEVER'::text)))
);



ALTER TABLE public.marketplace_savedfilter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_savedfilter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_savedfind (
    id bigint NOT NULL,
    told boolean NOT NULL,
    found_at timestamp with time zone NOT NULL,
    listing_id bigint NOT NULL,
    saved_id bigint NOT NULL
);



ALTER TABLE public.marketplace_savedfind ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_savedfind_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_scrapping (
    id bigint NOT NULL,
    recycler character varying(120) NOT NULL,
    certificate character varying(120) NOT NULL,
    scrapped_on date NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    equipment_id bigint NOT NULL,
    CONSTRAINT marketplace_scrapping_with_a_certificate CHECK (((NOT ((recycler)::text = ''::text)) AND (NOT ((certificate)::text = ''::text))))
);



ALTER TABLE public.marketplace_scrapping ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_scrapping_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_searchdocument (
    listing_id bigint NOT NULL,
    tokens tsvector NOT NULL,
    numbers jsonb NOT NULL,
    points smallint NOT NULL,
    rank smallint NOT NULL,
    province character varying(2) NOT NULL,
    owner_kind character varying(20) NOT NULL,
    latitude double precision,
    longitude double precision,
    per_hours bigint,
    per_parts bigint,
    renewed_at timestamp with time zone NOT NULL,
    category_id bigint NOT NULL,
    flags integer DEFAULT 0 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    chain_id bigint,
    CONSTRAINT marketplace_searchdocument_points_check CHECK ((points >= 0)),
    CONSTRAINT marketplace_searchdocument_rank_check CHECK ((rank >= 0))
);
ALTER TABLE ONLY public.marketplace_searchdocument ALTER COLUMN tokens SET STATISTICS 1000;



CREATE TABLE public.marketplace_searchterm (
    token character varying(80) NOT NULL,
    documents integer NOT NULL,
    CONSTRAINT marketplace_searchterm_documents_check CHECK ((documents >= 0))
);



CREATE TABLE public.marketplace_secondfactor (
    id bigint NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint NOT NULL,
    user_id bigint NOT NULL
);



ALTER TABLE public.marketplace_secondfactor ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_secondfactor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_signin (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    session_key character varying(40) NOT NULL,
    agent character varying(200) NOT NULL,
    address inet,
    began_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    user_id bigint NOT NULL
);



ALTER TABLE public.marketplace_signin ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_signin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_site (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    region_code character varying(6) NOT NULL,
    city character varying(40) NOT NULL,
    city_en character varying(40) NOT NULL,
    address character varying(200) NOT NULL,
    latitude numeric(9,6),
    longitude numeric(9,6),
    organization_id bigint NOT NULL
);



ALTER TABLE public.marketplace_site ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_site_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_slotschedule (
    id bigint NOT NULL,
    version integer NOT NULL,
    is_offered boolean NOT NULL,
    document jsonb NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    listing_id bigint NOT NULL,
    CONSTRAINT marketplace_slotschedule_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_slotschedule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_slotschedule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_specfield (
    id bigint NOT NULL,
    code character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    name_zh character varying(80) NOT NULL,
    kind character varying(8) NOT NULL,
    unit character varying(16) NOT NULL,
    minimum numeric(18,6),
    maximum numeric(18,6),
    choices jsonb NOT NULL,
    better character varying(8) NOT NULL,
    facet boolean NOT NULL,
    required boolean NOT NULL,
    version smallint NOT NULL,
    "position" smallint NOT NULL,
    category_id bigint NOT NULL,
    CONSTRAINT marketplace_specfield_position_check CHECK (("position" >= 0)),
    CONSTRAINT marketplace_specfield_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_specfield ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_specfield_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_specstatement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number integer NOT NULL,
    dictionary_version smallint NOT NULL,
    "values" jsonb NOT NULL,
    sources jsonb NOT NULL,
    note character varying(300) NOT NULL,
    stated_by character varying(30) NOT NULL,
    stated_by_name character varying(80) NOT NULL,
    stated_at timestamp with time zone NOT NULL,
    equipment_id bigint NOT NULL,
    CONSTRAINT marketplace_specstatement_dictionary_version_check CHECK ((dictionary_version >= 0)),
    CONSTRAINT marketplace_specstatement_number_check CHECK ((number >= 0)),
    CONSTRAINT marketplace_specstatement_stated_by_somebody CHECK (((number = 1) OR ((number >= 2) AND (NOT ((stated_by)::text = ''::text))))),
    CONSTRAINT marketplace_specstatement_stated_with_a_version CHECK ((dictionary_version >= 1))
);



ALTER TABLE public.marketplace_specstatement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_specstatement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_staletimes (
    id bigint NOT NULL,
    listing_id bigint NOT NULL
);



ALTER TABLE public.marketplace_staletimes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_staletimes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_takentimes (
    listing_id bigint NOT NULL,
    taken tstzmultirange NOT NULL
);



CREATE TABLE public.marketplace_throttle (
    key character varying(64) NOT NULL,
    hits integer NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    CONSTRAINT marketplace_throttle_hits_check CHECK ((hits >= 0))
);



CREATE TABLE public.marketplace_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    public_id character varying(30) NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(80) NOT NULL,
    is_active boolean NOT NULL,
    is_staff boolean NOT NULL,
    is_robot boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    second_factor_at timestamp with time zone,
    CONSTRAINT marketplace_user_robot_never_signs_in CHECK (((NOT is_robot) OR ((NOT is_staff) AND (NOT is_superuser))))
);



CREATE TABLE public.marketplace_user_groups (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_id integer NOT NULL
);



ALTER TABLE public.marketplace_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



ALTER TABLE public.marketplace_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_user_user_permissions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    permission_id integer NOT NULL
);



ALTER TABLE public.marketplace_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_vatstatement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    status character varying(11) NOT NULL,
    rounding character varying(5) NOT NULL,
    valid_from date NOT NULL,
    source character varying(200) NOT NULL,
    recorded_by character varying(30) NOT NULL,
    recorded_by_name character varying(80) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    made_for_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_vatstatement_has_source CHECK ((NOT ((source)::text = ''::text))),
    CONSTRAINT marketplace_vatstatement_known CHECK ((((rounding)::text = ANY (ARRAY[('LINE'::character varying)::text, ('GROUP'::character varying)::text])) AND ((status)::text = ANY (ARRAY[('GENERAL'::character varying)::text, ('SMALL_SCALE'::character varying)::text]))))
);



ALTER TABLE public.marketplace_vatstatement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_vatstatement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_verification (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    state character varying(8) NOT NULL,
    given jsonb NOT NULL,
    reason character varying(500) NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_verification_decided CHECK ((((decided_at IS NULL) AND ((state)::text = ANY (ARRAY[('WAITING'::character varying)::text, ('ASKED'::character varying)::text]))) OR ((decided_at IS NOT NULL) AND ((state)::text = ANY (ARRAY[('APPROVED'::character varying)::text, ('REFUSED'::character varying)::text])))))
);



ALTER TABLE public.marketplace_verification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_verification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_verificationpaper (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(8) NOT NULL,
    name character varying(120) NOT NULL,
    media_type character varying(20) NOT NULL,
    content bytea NOT NULL,
    sha256 character varying(64) NOT NULL,
    added_by character varying(30) NOT NULL,
    added_by_name character varying(80) NOT NULL,
    added_at timestamp with time zone NOT NULL,
    verification_id bigint NOT NULL
);



ALTER TABLE public.marketplace_verificationpaper ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_verificationpaper_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_verificationstep (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    verb character varying(8) NOT NULL,
    reason character varying(500) NOT NULL,
    by character varying(30) NOT NULL,
    by_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    verification_id bigint NOT NULL
);



ALTER TABLE public.marketplace_verificationstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_verificationstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_webhookattempt (
    id bigint NOT NULL,
    number integer NOT NULL,
    outcome character varying(13) NOT NULL,
    status smallint,
    answer character varying(500) NOT NULL,
    duration_ms integer NOT NULL,
    at timestamp with time zone NOT NULL,
    delivery_id bigint NOT NULL,
    CONSTRAINT marketplace_webhookattempt_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT marketplace_webhookattempt_number_check CHECK ((number >= 0)),
    CONSTRAINT marketplace_webhookattempt_status_check CHECK ((status >= 0))
);



ALTER TABLE public.marketplace_webhookattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_webhookattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_webhookdelivery (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    state character varying(9) NOT NULL,
    tries smallint NOT NULL,
    sent integer NOT NULL,
    next_at timestamp with time zone,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    event_id bigint NOT NULL,
    endpoint_id bigint NOT NULL,
    CONSTRAINT marketplace_webhookdelivery_sent_check CHECK ((sent >= 0)),
    CONSTRAINT marketplace_webhookdelivery_tries_check CHECK ((tries >= 0)),
    CONSTRAINT marketplace_webhookdelivery_waits_or_ended CHECK ((((ended_at IS NULL) AND (next_at IS NOT NULL) AND ((state)::text = 'WAITING'::text)) OR ((NOT ((state)::text = 'WAITING'::text)) AND (ended_at IS NOT NULL) AND (next_at IS NULL))))
);



ALTER TABLE public.marketplace_webhookdelivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_webhookdelivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_webhookendpoint (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    url character varying(500) NOT NULL,
    description character varying(200) NOT NULL,
    types character varying(30)[] NOT NULL,
    state character varying(8) NOT NULL,
    reason character varying(8) NOT NULL,
    version integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    failing_since timestamp with time zone,
    organization_id bigint NOT NULL,
    CONSTRAINT marketplace_webhookendpoint_reason CHECK (((((reason)::text = ''::text) AND ((state)::text = 'ACTIVE'::text)) OR (NOT ((state)::text = 'ACTIVE'::text)))),
    CONSTRAINT marketplace_webhookendpoint_version_check CHECK ((version >= 0))
);



ALTER TABLE public.marketplace_webhookendpoint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_webhookendpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.marketplace_webhooksecret (
    id bigint NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    endpoint_id bigint NOT NULL
);



ALTER TABLE public.marketplace_webhooksecret ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.marketplace_webhooksecret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_accessevent (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(8) NOT NULL,
    closes character varying(30) NOT NULL,
    at timestamp with time zone NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    device character varying(30) NOT NULL,
    device_name character varying(80) NOT NULL,
    channels jsonb NOT NULL,
    asked_from timestamp with time zone,
    asked_to timestamp with time zone,
    purpose character varying(60) NOT NULL,
    decisions jsonb NOT NULL,
    outcome character varying(6) NOT NULL,
    delivered bigint,
    concerns character varying(30)[] NOT NULL,
    agreements character varying(30)[] NOT NULL,
    reference character varying(30) NOT NULL,
    request_id character varying(64) NOT NULL,
    salt bytea NOT NULL,
    person character varying(30) NOT NULL,
    sealed_person bytea NOT NULL,
    veil bytea NOT NULL,
    CONSTRAINT ownership_accessevent_delivered_check CHECK ((delivered >= 0)),
    CONSTRAINT ownership_accessevent_sealed_person CHECK (((octet_length(sealed_person) = 32) AND (octet_length(veil) = ANY (ARRAY[0, 32]))))
);



ALTER TABLE public.ownership_accessevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_accessevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_agreement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    period tstzrange NOT NULL,
    reference character varying(30) NOT NULL,
    billing_channels character varying(200)[] NOT NULL,
    version integer NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    equipment_id bigint NOT NULL,
    lessee_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    "order" character varying(200) NOT NULL,
    ordered_at timestamp with time zone,
    suspended_at timestamp with time zone,
    competitor boolean NOT NULL,
    under_id bigint,
    above character varying(30)[] NOT NULL,
    CONSTRAINT ownership_agreement_period_not_empty CHECK ((NOT isempty(period))),
    CONSTRAINT ownership_agreement_two_sides CHECK ((NOT (owner_id = lessee_id))),
    CONSTRAINT ownership_agreement_version_check CHECK ((version >= 0))
);



ALTER TABLE public.ownership_agreement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_agreement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_agreementversion (
    id bigint NOT NULL,
    number integer NOT NULL,
    terms jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    covers_earlier boolean NOT NULL,
    accepted jsonb NOT NULL,
    agreement_id bigint NOT NULL,
    CONSTRAINT ownership_agreementversion_number_check CHECK ((number >= 0))
);



ALTER TABLE public.ownership_agreementversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_agreementversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_bordercheck (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    destination character varying(2) NOT NULL,
    recipient character varying(200) NOT NULL,
    grade character varying(2) NOT NULL,
    persons integer,
    sensitive_persons integer,
    facts jsonb NOT NULL,
    answer character varying(30) NOT NULL,
    may_go boolean NOT NULL,
    step smallint NOT NULL,
    articles character varying(20)[] NOT NULL,
    missing character varying(40)[] NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT ownership_bordercheck_persons_check CHECK ((persons >= 0)),
    CONSTRAINT ownership_bordercheck_sensitive_persons_check CHECK ((sensitive_persons >= 0)),
    CONSTRAINT ownership_bordercheck_step_check CHECK ((step >= 0))
);



CREATE TABLE public.ownership_bordercheck_assets (
    id bigint NOT NULL,
    bordercheck_id bigint NOT NULL,
    dataasset_id bigint NOT NULL
);



ALTER TABLE public.ownership_bordercheck_assets ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_bordercheck_assets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



ALTER TABLE public.ownership_bordercheck ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_bordercheck_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_certificate (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    text text NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    signature bytea NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    key_id character varying(16) NOT NULL,
    duty_id bigint NOT NULL
);



ALTER TABLE public.ownership_certificate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_certificate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_dataasset (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(8) NOT NULL,
    category character varying(24) NOT NULL,
    unit character varying(24) NOT NULL,
    retention character varying(10) NOT NULL,
    grade character varying(2) NOT NULL,
    graded_at timestamp with time zone NOT NULL,
    per_hour integer,
    measured_at timestamp with time zone,
    registered_at timestamp with time zone NOT NULL,
    channel_id bigint,
    device_id bigint NOT NULL,
    CONSTRAINT ownership_dataasset_channel_fits_kind CHECK ((((channel_id IS NOT NULL) AND ((kind)::text = 'CHANNEL'::text)) OR ((channel_id IS NULL) AND ((kind)::text = 'USAGE'::text)))),
    CONSTRAINT ownership_dataasset_per_hour_check CHECK ((per_hour >= 0))
);



CREATE TABLE public.ownership_dataasset_derived_from (
    id bigint NOT NULL,
    from_dataasset_id bigint NOT NULL,
    to_dataasset_id bigint NOT NULL
);



ALTER TABLE public.ownership_dataasset_derived_from ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_dataasset_derived_from_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



ALTER TABLE public.ownership_dataasset ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_dataasset_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_datalicence (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    digest character varying(64) NOT NULL,
    destination character varying(2) NOT NULL,
    price bigint NOT NULL,
    currency character varying(3) NOT NULL,
    split jsonb NOT NULL,
    place integer NOT NULL,
    attempt integer NOT NULL,
    at timestamp with time zone NOT NULL,
    border_check_id bigint,
    buyer_id bigint NOT NULL,
    by_id bigint NOT NULL,
    version_id bigint NOT NULL,
    CONSTRAINT ownership_datalicence_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT ownership_datalicence_place_check CHECK ((place >= 0))
);



ALTER TABLE public.ownership_datalicence ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_datalicence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_dataproduct (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    seller_id bigint NOT NULL
);



ALTER TABLE public.ownership_dataproduct ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_dataproduct_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_declaredcompetitor (
    id bigint NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    declared_by character varying(30) NOT NULL,
    competitor_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT ownership_declaredcompetitor_of_another CHECK ((NOT (organization_id = competitor_id)))
);



ALTER TABLE public.ownership_declaredcompetitor ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_declaredcompetitor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_duty (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(6) NOT NULL,
    retentions character varying(10)[] NOT NULL,
    channels character varying(200)[] NOT NULL,
    period tstzrange NOT NULL,
    source character varying(20) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    incurred_at timestamp with time zone NOT NULL,
    asked_by character varying(30) NOT NULL,
    asked_at timestamp with time zone,
    postponed_at timestamp with time zone,
    noted_overdue_at timestamp with time zone,
    fulfilled_at timestamp with time zone,
    evidence character varying(30) NOT NULL,
    waived_at timestamp with time zone,
    waived_by character varying(30) NOT NULL,
    waived_because character varying(300) NOT NULL,
    agreement_id bigint NOT NULL,
    noted character varying(9) NOT NULL,
    CONSTRAINT ownership_duty_one_end CHECK (((fulfilled_at IS NULL) OR (waived_at IS NULL)))
);



ALTER TABLE public.ownership_duty ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_duty_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_evententry (
    "position" bigint NOT NULL,
    leaf bytea NOT NULL,
    event_id bigint NOT NULL,
    CONSTRAINT ownership_evententry_hash CHECK ((octet_length(leaf) = 32))
);



CREATE TABLE public.ownership_eventhead (
    size bigint NOT NULL,
    root bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    signature bytea NOT NULL,
    key_id character varying(16) NOT NULL,
    CONSTRAINT ownership_eventhead_hash CHECK (((octet_length(root) = 32) AND (octet_length(signature) = 64) AND (size > 0)))
);



CREATE TABLE public.ownership_eventnode (
    level smallint NOT NULL,
    place bigint NOT NULL,
    total bytea NOT NULL,
    CONSTRAINT ownership_eventnode_hash CHECK ((octet_length(total) = 32)),
    CONSTRAINT ownership_eventnode_level_check CHECK ((level >= 0))
);



CREATE TABLE public.ownership_gatekeeperentry (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    designated boolean NOT NULL,
    "on" date NOT NULL,
    source character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    by character varying(30) NOT NULL,
    by_name character varying(80) NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT ownership_gatekeeperentry_has_a_source CHECK ((NOT ((source)::text = ''::text)))
);



ALTER TABLE public.ownership_gatekeeperentry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_gatekeeperentry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_grading (
    id bigint NOT NULL,
    grade character varying(2) NOT NULL,
    rule character varying(40) NOT NULL,
    reason character varying(300) NOT NULL,
    reference character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    asset_id bigint NOT NULL,
    by_id bigint NOT NULL,
    within_id bigint,
    CONSTRAINT ownership_grading_listed_has_reference CHECK (((NOT ((grade)::text = ANY (ARRAY[('L5'::character varying)::text, ('L6'::character varying)::text]))) OR (NOT ((reference)::text = ''::text))))
);



ALTER TABLE public.ownership_grading ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_grading_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_grant (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(16) NOT NULL,
    party character varying(16) NOT NULL,
    categories character varying(24)[] NOT NULL,
    "right" character varying(14) NOT NULL,
    purpose character varying(60) NOT NULL,
    "interval" character varying(8) NOT NULL,
    generated tstzrange,
    readable tstzrange,
    lasts integer,
    reference character varying(80) NOT NULL,
    authority character varying(120) NOT NULL,
    ordered_on date,
    competitor boolean NOT NULL,
    digest character varying(64) NOT NULL,
    asked_at timestamp with time zone,
    asked_by character varying(30) NOT NULL,
    reason character varying(500) NOT NULL,
    given_at timestamp with time zone,
    given_by character varying(30) NOT NULL,
    given_by_name character varying(80) NOT NULL,
    given_role character varying(8) NOT NULL,
    refused_at timestamp with time zone,
    refused_by character varying(30) NOT NULL,
    refused_why character varying(500) NOT NULL,
    withdrawn_at timestamp with time zone,
    withdrawn_by character varying(30) NOT NULL,
    job_closed_at timestamp with time zone,
    job_closed_by character varying(30) NOT NULL,
    agreement_id bigint,
    equipment_id bigint NOT NULL,
    given_for_id bigint,
    recipient_id bigint NOT NULL,
    channels character varying(200)[] NOT NULL,
    assets character varying(30)[] NOT NULL,
    CONSTRAINT ownership_grant_answered_once CHECK (((given_at IS NULL) OR (refused_at IS NULL))),
    CONSTRAINT ownership_grant_asked_or_given CHECK (((asked_at IS NOT NULL) OR (given_at IS NOT NULL))),
    CONSTRAINT ownership_grant_data_period CHECK (((generated IS NULL) OR (NOT isempty(generated)))),
    CONSTRAINT ownership_grant_given_by_somebody_for_a_time CHECK (((given_at IS NULL) OR ((generated IS NOT NULL) AND (given_for_id IS NOT NULL) AND (readable IS NOT NULL) AND (NOT ((given_role)::text = ''::text))))),
    CONSTRAINT ownership_grant_job_closed_if_one CHECK (((job_closed_at IS NULL) OR ((given_at IS NOT NULL) AND ((kind)::text = 'SERVICE_JOB'::text)))),
    CONSTRAINT ownership_grant_lasts_check CHECK ((lasts >= 0)),
    CONSTRAINT ownership_grant_shared_by_a_lessee CHECK (((NOT ((kind)::text = 'SHARING'::text)) OR (agreement_id IS NOT NULL))),
    CONSTRAINT ownership_grant_sold_names_assets CHECK (((NOT ((kind)::text = 'PRODUCT'::text)) OR ((NOT (assets = '{}'::character varying(30)[])) AND (NOT ((reference)::text = ''::text)) AND (NOT (("interval")::text = ''::text))))),
    CONSTRAINT ownership_grant_time_box CHECK (((readable IS NULL) OR ((upper(readable) IS NOT NULL) AND (NOT isempty(readable))))),
    CONSTRAINT ownership_grant_withdrawn_if_given CHECK (((withdrawn_at IS NULL) OR (given_at IS NOT NULL)))
);



ALTER TABLE public.ownership_grant ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_grant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_hold (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    retentions character varying(10)[] NOT NULL,
    reason character varying(300) NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    agreement_id bigint NOT NULL
);



ALTER TABLE public.ownership_hold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_licencestep (
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    reference character varying(80) NOT NULL,
    reason character varying(300) NOT NULL,
    until timestamp with time zone,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    licence_id bigint NOT NULL,
    within_id bigint NOT NULL,
    CONSTRAINT ownership_licencestep_paid_by_reference CHECK (((NOT ((kind)::text = 'PAID'::text)) OR ((NOT ((reference)::text = ''::text)) AND (until > at))))
);



ALTER TABLE public.ownership_licencestep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_licencestep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_loggedperson (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    "user" character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    year smallint NOT NULL,
    secret bytea NOT NULL,
    asked_at timestamp with time zone,
    erased_at timestamp with time zone,
    CONSTRAINT ownership_loggedperson_year_check CHECK ((year >= 0))
);



ALTER TABLE public.ownership_loggedperson ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_loggedperson_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_notice (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reference character varying(30) NOT NULL,
    number integer NOT NULL,
    document jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    basis character varying(64) NOT NULL,
    delivered_at timestamp with time zone NOT NULL,
    delivered_by character varying(30) NOT NULL,
    delivered_name character varying(80) NOT NULL,
    lessee_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    CONSTRAINT ownership_notice_number_check CHECK ((number >= 0))
);



ALTER TABLE public.ownership_notice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_noticeacceptance (
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    notice_id bigint NOT NULL
);



ALTER TABLE public.ownership_noticeacceptance ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_noticeacceptance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_paymentduty (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount bigint NOT NULL,
    currency character varying(3) NOT NULL,
    source character varying(20) NOT NULL,
    subject character varying(30) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    incurred_at timestamp with time zone NOT NULL,
    noted character varying(9) NOT NULL,
    paid_at timestamp with time zone,
    reference character varying(140) NOT NULL,
    waived_at timestamp with time zone,
    waived_because character varying(300) NOT NULL,
    agreement_id bigint,
    creditor_id bigint NOT NULL,
    debtor_id bigint NOT NULL,
    CONSTRAINT ownership_paymentduty_amount CHECK ((amount > 0)),
    CONSTRAINT ownership_paymentduty_one_end CHECK (((paid_at IS NULL) OR (waived_at IS NULL))),
    CONSTRAINT ownership_paymentduty_paid_by_reference CHECK ((((paid_at IS NULL) AND ((reference)::text = ''::text)) OR ((paid_at IS NOT NULL) AND (NOT ((reference)::text = ''::text))))),
    CONSTRAINT ownership_paymentduty_two_sides CHECK ((NOT (debtor_id = creditor_id)))
);



ALTER TABLE public.ownership_paymentduty ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_paymentduty_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_productstep (
    id bigint NOT NULL,
    kind character varying(9) NOT NULL,
    reason character varying(300) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    organization_id bigint NOT NULL,
    version_id bigint NOT NULL
);



ALTER TABLE public.ownership_productstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_productstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_productversion (
    id bigint NOT NULL,
    number integer NOT NULL,
    title character varying(80) NOT NULL,
    about character varying(500) NOT NULL,
    source character varying(500) NOT NULL,
    basis character varying(300) NOT NULL,
    assets character varying(30)[] NOT NULL,
    categories character varying(24)[] NOT NULL,
    period tstzrange NOT NULL,
    "interval" character varying(8) NOT NULL,
    grade character varying(2) NOT NULL,
    purposes character varying(60)[] NOT NULL,
    days integer NOT NULL,
    most_licences integer NOT NULL,
    recipients character varying(20)[] NOT NULL,
    abroad boolean NOT NULL,
    price bigint NOT NULL,
    currency character varying(3) NOT NULL,
    shares jsonb NOT NULL,
    parties character varying(30)[] NOT NULL,
    evidence jsonb NOT NULL,
    content character varying(64) NOT NULL,
    text text NOT NULL,
    digest character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    product_id bigint NOT NULL,
    CONSTRAINT ownership_productversion_days_check CHECK ((days >= 0)),
    CONSTRAINT ownership_productversion_most_licences_check CHECK ((most_licences >= 0)),
    CONSTRAINT ownership_productversion_never_important CHECK ((NOT ((grade)::text = ANY (ARRAY[('L5'::character varying)::text, ('L6'::character varying)::text])))),
    CONSTRAINT ownership_productversion_number_check CHECK ((number >= 0)),
    CONSTRAINT ownership_productversion_period_over CHECK (((upper(period) <= at) AND (NOT isempty(period)))),
    CONSTRAINT ownership_productversion_priced_and_limited CHECK ((((currency)::text = ANY (ARRAY[('CNY'::character varying)::text, ('EUR'::character varying)::text, ('GBP'::character varying)::text, ('HKD'::character varying)::text, ('JPY'::character varying)::text, ('USD'::character varying)::text])) AND (days >= 1) AND (most_licences >= 1) AND (price >= 1)))
);



ALTER TABLE public.ownership_productversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_productversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_proposal (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number integer NOT NULL,
    terms jsonb NOT NULL,
    covers_earlier boolean NOT NULL,
    digest character varying(64) NOT NULL,
    side character varying(6) NOT NULL,
    person character varying(30) NOT NULL,
    person_name character varying(80) NOT NULL,
    note text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    state character varying(9) NOT NULL,
    decided_by character varying(30) NOT NULL,
    decided_name character varying(80) NOT NULL,
    decided_at timestamp with time zone,
    reason text NOT NULL,
    agreement_id bigint NOT NULL,
    CONSTRAINT ownership_proposal_number_check CHECK ((number >= 0))
);



ALTER TABLE public.ownership_proposal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_proposal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_registration (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    year smallint,
    running integer,
    applied_at timestamp with time zone NOT NULL,
    CONSTRAINT ownership_registration_running_check CHECK ((running >= 0)),
    CONSTRAINT ownership_registration_whole_number CHECK ((((running IS NULL) AND (year IS NULL)) OR ((running IS NOT NULL) AND (year IS NOT NULL)))),
    CONSTRAINT ownership_registration_year_check CHECK ((year >= 0))
);



ALTER TABLE public.ownership_registration ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_registration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_registrationentry (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    kind character varying(12) NOT NULL,
    step character varying(9) NOT NULL,
    "right" character varying(7) NOT NULL,
    assets character varying(30)[] NOT NULL,
    period tstzrange NOT NULL,
    years smallint NOT NULL,
    valid_from timestamp with time zone,
    valid_until timestamp with time zone,
    content character varying(64) NOT NULL,
    evidence jsonb NOT NULL,
    grounds jsonb NOT NULL,
    reason character varying(300) NOT NULL,
    previous character varying(64) NOT NULL,
    digest character varying(64) NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    holder_id bigint NOT NULL,
    recipient_id bigint,
    registration_id bigint NOT NULL,
    within_id bigint NOT NULL,
    CONSTRAINT ownership_registrationentry_position_check CHECK (("position" >= 0)),
    CONSTRAINT ownership_registrationentry_refused_has_ground CHECK (((NOT ((step)::text = 'REFUSED'::text)) OR (NOT (grounds = '[]'::jsonb)))),
    CONSTRAINT ownership_registrationentry_years_check CHECK ((years >= 0))
);



ALTER TABLE public.ownership_registrationentry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_registrationentry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_registrationsignature (
    id bigint NOT NULL,
    signature bytea NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    key_id character varying(16) NOT NULL
);



ALTER TABLE public.ownership_registrationsignature ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_registrationsignature_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_sharingobjection (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reason character varying(16) NOT NULL,
    text character varying(500) NOT NULL,
    measures character varying(500) NOT NULL,
    authority character varying(120) NOT NULL,
    notice character varying(80) NOT NULL,
    noticed_on date,
    objected_at timestamp with time zone NOT NULL,
    objected_by character varying(30) NOT NULL,
    overruled_at timestamp with time zone,
    overruled_by character varying(30) NOT NULL,
    overruled_why character varying(500) NOT NULL,
    request_id bigint NOT NULL,
    CONSTRAINT ownership_sharingobjection_in_writing CHECK ((NOT ((text)::text = ''::text))),
    CONSTRAINT ownership_sharingobjection_told_to_an_authority CHECK ((((reason)::text = 'MEASURES'::text) OR (noticed_on IS NOT NULL)))
);



ALTER TABLE public.ownership_sharingobjection ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_sharingobjection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_sharingrequest (
    id bigint NOT NULL,
    grant_id bigint NOT NULL,
    asked_by_name character varying(80) NOT NULL,
    price_cap bigint,
    currency character varying(3) NOT NULL,
    destination character varying(2) NOT NULL,
    screening jsonb NOT NULL,
    price bigint,
    cost bigint,
    price_basis character varying(500) NOT NULL,
    priced_at timestamp with time zone,
    priced_by character varying(30) NOT NULL,
    agreed_at timestamp with time zone,
    agreed_by character varying(30) NOT NULL,
    agreed_by_name character varying(80) NOT NULL,
    agreed_digest character varying(64) NOT NULL,
    stop character varying(16) NOT NULL,
    stopped_at timestamp with time zone,
    stopped_by character varying(30) NOT NULL,
    stopped_why character varying(500) NOT NULL,
    erased_at timestamp with time zone,
    erased_by character varying(30) NOT NULL,
    erased_by_name character varying(80) NOT NULL,
    erasure_statement character varying(500) NOT NULL,
    noted_overdue_at timestamp with time zone,
    border_check_id bigint,
    CONSTRAINT ownership_sharingrequest_abroad_by_a_check CHECK ((((destination)::text = 'CN'::text) OR (border_check_id IS NOT NULL))),
    CONSTRAINT ownership_sharingrequest_amounts CHECK ((((price_cap IS NULL) OR (price_cap >= 0)) AND ((cost IS NULL) OR (cost >= 0)) AND (((price IS NULL) AND (priced_at IS NULL)) OR ((price >= 0) AND (priced_at IS NOT NULL))))),
    CONSTRAINT ownership_sharingrequest_erased_by_a_statement CHECK (((erased_at IS NULL) OR (NOT ((erasure_statement)::text = ''::text)))),
    CONSTRAINT ownership_sharingrequest_price_within_cap CHECK (((price IS NULL) OR (price_cap IS NULL) OR (price <= price_cap)))
);



ALTER TABLE public.ownership_sharingrequest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_sharingrequest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_takencopy (
    id bigint NOT NULL,
    period tstzrange NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    event character varying(30) NOT NULL,
    agreement_id bigint NOT NULL,
    device_id bigint NOT NULL
);



ALTER TABLE public.ownership_takencopy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ownership_takencopy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.ownership_unsealedevent (
    event_id bigint NOT NULL
);



CREATE TABLE public.payments_acceptancebill (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(10) NOT NULL,
    number character varying(40) NOT NULL,
    drawer character varying(120) NOT NULL,
    acceptor character varying(120) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    received_on date NOT NULL,
    due_on date NOT NULL,
    state character varying(11) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    ended_on date,
    book_id bigint NOT NULL,
    payer_id bigint NOT NULL,
    asker character varying(30) NOT NULL,
    asker_name character varying(80) NOT NULL,
    asks character varying(11) NOT NULL,
    bank_line_id bigint,
    first_unit bigint,
    issued_on date NOT NULL,
    last_unit bigint,
    decider character varying(30) NOT NULL,
    CONSTRAINT payments_acceptancebill_days CHECK (((amount_minor > 0) AND (due_on >= received_on) AND (received_on >= issued_on))),
    CONSTRAINT payments_acceptancebill_number CHECK (((number)::text ~ '^[0-9]{30}$'::text)),
    CONSTRAINT payments_acceptancebill_part CHECK ((((first_unit IS NULL) AND (last_unit IS NULL)) OR ((first_unit > 0) AND (last_unit = ((first_unit + amount_minor) - 1))))),
    CONSTRAINT payments_acceptancebill_seen CHECK ((((bank_line_id IS NOT NULL) AND ((state)::text = 'HONOURED'::text)) OR ((NOT ((state)::text = 'HONOURED'::text)) AND (bank_line_id IS NULL)))),
    CONSTRAINT payments_acceptancebill_two_people CHECK ((((state)::text = ANY (ARRAY[('PROPOSED'::character varying)::text, ('DROPPED'::character varying)::text])) OR ((NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_acceptancebill ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_acceptancebill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_allocation (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint NOT NULL,
    let_off_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    match_pass character varying(4) NOT NULL,
    score numeric(3,2),
    reasons jsonb NOT NULL,
    comment character varying(500) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    approved_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    invoice_id bigint NOT NULL,
    journal_id bigint,
    note_id bigint,
    undoes_id bigint,
    receipt_id bigint,
    CONSTRAINT payments_allocation_let_off_by_two CHECK (((let_off_minor <= 0) OR ((NOT ((approved_by)::text = ''::text)) AND (NOT ((approved_by)::text = (made_by)::text))))),
    CONSTRAINT payments_allocation_of_one CHECK ((((receipt_id IS NOT NULL) OR (note_id IS NOT NULL)) AND (1 = (
CASE
    WHEN (receipt_id IS NOT NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (note_id IS NOT NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT payments_allocation_signs CHECK ((((amount_minor > 0) AND (let_off_minor >= 0) AND (undoes_id IS NULL)) OR ((amount_minor < 0) AND (let_off_minor <= 0) AND (undoes_id IS NOT NULL))))
);



ALTER TABLE public.payments_allocation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_allocation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_bankaccount (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    ledger_code character varying(12) NOT NULL,
    holder character varying(120) NOT NULL,
    number character varying(40) NOT NULL,
    bank_name character varying(120) NOT NULL,
    bank_code character varying(20) NOT NULL,
    currency character varying(3) NOT NULL,
    is_open boolean NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    book_id bigint NOT NULL
);



ALTER TABLE public.payments_bankaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_bankaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_bankline (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    identity character varying(64) NOT NULL,
    occurrence integer NOT NULL,
    booked_on date NOT NULL,
    value_on date,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    counterparty character varying(200) NOT NULL,
    counterparty_account character varying(60) NOT NULL,
    counterparty_bank character varying(120) NOT NULL,
    memo character varying(500) NOT NULL,
    bank_ref character varying(120) NOT NULL,
    sub_account character varying(40) NOT NULL,
    balance_minor bigint,
    taken_at timestamp with time zone NOT NULL,
    bank_account_id bigint NOT NULL,
    kind character varying(60) DEFAULT ''::character varying NOT NULL,
    is_reversal boolean DEFAULT false NOT NULL,
    CONSTRAINT payments_bankline_not_nothing CHECK ((NOT (amount_minor = 0))),
    CONSTRAINT payments_bankline_occurrence_check CHECK ((occurrence >= 0))
);



ALTER TABLE public.payments_bankline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_bankline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_billstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel character varying(8) NOT NULL,
    reason_code character varying(40) NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(11) NOT NULL,
    status_after character varying(11) NOT NULL,
    bill_id bigint NOT NULL,
    CONSTRAINT payments_billstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.payments_billstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_billstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_classification (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    means character varying(5) NOT NULL,
    reason character varying(500) NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    journal_id bigint,
    movement_id bigint NOT NULL,
    CONSTRAINT payments_classification_two_people CHECK (((((checker)::text = ''::text) AND (journal_id IS NULL) AND ((state)::text = 'PROPOSED'::text)) OR ((journal_id IS NULL) AND ((state)::text = 'DROPPED'::text) AND (NOT ((checker)::text = ''::text))) OR ((journal_id IS NOT NULL) AND ((state)::text = 'APPROVED'::text) AND (NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_classification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_classification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_disputeloss (
    id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    fact_id bigint NOT NULL,
    journal_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    CONSTRAINT payments_disputeloss_takes CHECK ((amount_minor > 0))
);



ALTER TABLE public.payments_disputeloss ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_disputeloss_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_linebooking (
    id bigint NOT NULL,
    number smallint NOT NULL,
    kind character varying(10) NOT NULL,
    target character varying(30) NOT NULL,
    match_pass character varying(4) NOT NULL,
    score numeric(3,2),
    reasons jsonb NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    bank_line_id bigint NOT NULL,
    journal_id bigint,
    CONSTRAINT payments_linebooking_number_check CHECK ((number >= 0))
);



ALTER TABLE public.payments_linebooking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_linebooking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_movement (
    id bigint NOT NULL,
    provider character varying(16) NOT NULL,
    reference character varying(80) NOT NULL,
    kind character varying(60) NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    available_at timestamp with time zone,
    gross_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    source_reference character varying(80) NOT NULL,
    rate character varying(40) NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    fact_id bigint,
    settlement_id bigint,
    CONSTRAINT payments_movement_adds_up CHECK ((net_minor = (gross_minor - fee_minor)))
);



ALTER TABLE public.payments_movement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_movement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_operation (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    provider character varying(16) NOT NULL,
    kind character varying(16) NOT NULL,
    body jsonb NOT NULL,
    state character varying(8) NOT NULL,
    reference character varying(80) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    journal_id bigint,
    order_id bigint
);



ALTER TABLE public.payments_operation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_operation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_operationattempt (
    id bigint NOT NULL,
    number smallint NOT NULL,
    key character varying(80) NOT NULL,
    body_hash character varying(64) NOT NULL,
    state character varying(8) NOT NULL,
    code character varying(80) NOT NULL,
    answer jsonb,
    sends smallint NOT NULL,
    sent_at timestamp with time zone,
    answered_at timestamp with time zone,
    operation_id bigint NOT NULL,
    CONSTRAINT payments_operationattempt_number_check CHECK ((number >= 0)),
    CONSTRAINT payments_operationattempt_sends_check CHECK ((sends >= 0))
);



ALTER TABLE public.payments_operationattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_operationattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_orderfile (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    format character varying(7) NOT NULL,
    content bytea NOT NULL,
    sha256 character varying(64) NOT NULL,
    total_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    made_by character varying(30) NOT NULL,
    made_by_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    bank_account_id bigint NOT NULL
);



ALTER TABLE public.payments_orderfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_orderfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_orderstep (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    actor character varying(30) NOT NULL,
    actor_name character varying(80) NOT NULL,
    organization character varying(30) NOT NULL,
    organization_name character varying(120) NOT NULL,
    roles jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel character varying(8) NOT NULL,
    reason_code character varying(40) NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    facts jsonb NOT NULL,
    previous_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    move character varying(12) NOT NULL,
    status_before character varying(8) NOT NULL,
    status_after character varying(8) NOT NULL,
    order_id bigint NOT NULL,
    CONSTRAINT payments_orderstep_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.payments_orderstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_orderstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_ownerrelease (
    id bigint NOT NULL,
    number integer NOT NULL,
    amount_minor bigint NOT NULL,
    paid_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    invoice_id bigint NOT NULL,
    journal_id bigint,
    owner_id bigint NOT NULL,
    CONSTRAINT payments_ownerrelease_number_check CHECK ((number >= 0))
);



ALTER TABLE public.payments_ownerrelease ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_ownerrelease_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_payeeaccount (
    id bigint NOT NULL,
    number character varying(40) NOT NULL,
    holder character varying(120) NOT NULL,
    stage character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    public_id character varying(30) NOT NULL,
    bank_name character varying(120) NOT NULL,
    bank_code character varying(20) NOT NULL,
    currency character varying(3) NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT payments_payeeaccount_two_people CHECK (((NOT ((stage)::text = 'APPROVED'::text)) OR ((NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_payeeaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_payeeaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_payeraccount (
    id bigint NOT NULL,
    number character varying(40) NOT NULL,
    holder character varying(120) NOT NULL,
    stage character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    public_id character varying(30) NOT NULL,
    organization_id bigint NOT NULL,
    CONSTRAINT payments_payeraccount_two_people CHECK (((NOT ((stage)::text = 'APPROVED'::text)) OR ((NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_payeraccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_payeraccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_paymentorder (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    kind character varying(6) NOT NULL,
    provider character varying(16) NOT NULL,
    payee_reference character varying(80) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    memo character varying(140) NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    ended_on date,
    book_id bigint NOT NULL,
    file_id bigint,
    payee_id bigint NOT NULL,
    payee_account_id bigint,
    CONSTRAINT payments_paymentorder_pays CHECK ((amount_minor > 0)),
    CONSTRAINT payments_paymentorder_two_people CHECK ((((state)::text = ANY (ARRAY[('PROPOSED'::character varying)::text, ('DROPPED'::character varying)::text])) OR ((NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_paymentorder ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_paymentorder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_paymentrequest (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    provider character varying(16) NOT NULL,
    method character varying(16) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    provider_reference character varying(80) NOT NULL,
    is_cancelled boolean NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    payer_id bigint NOT NULL,
    CONSTRAINT payments_paymentrequest_asks CHECK ((amount_minor > 0))
);



ALTER TABLE public.payments_paymentrequest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_paymentrequest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_payoutitem (
    id bigint NOT NULL,
    line_id bigint NOT NULL,
    order_id bigint NOT NULL
);



ALTER TABLE public.payments_payoutitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_payoutitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_provideraccount (
    id bigint NOT NULL,
    provider character varying(16) NOT NULL,
    reference character varying(80) NOT NULL,
    state character varying(10) NOT NULL,
    wanted jsonb NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    organization_id bigint NOT NULL
);



ALTER TABLE public.payments_provideraccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_provideraccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_providerevent (
    id bigint NOT NULL,
    provider character varying(16) NOT NULL,
    event_id character varying(80) NOT NULL,
    type character varying(80) NOT NULL,
    api_version character varying(40) NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL,
    state character varying(8) NOT NULL,
    reason character varying(200) NOT NULL,
    looked_at timestamp with time zone
);



ALTER TABLE public.payments_providerevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_providerevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_providerfact (
    id bigint NOT NULL,
    provider character varying(16) NOT NULL,
    key character varying(160) NOT NULL,
    kind character varying(40) NOT NULL,
    object_reference character varying(80) NOT NULL,
    document jsonb NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    journal_id bigint,
    movement_reference character varying(80) NOT NULL
);



ALTER TABLE public.payments_providerfact ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_providerfact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_rebooking (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    number smallint NOT NULL,
    kind character varying(10) NOT NULL,
    target character varying(30) NOT NULL,
    reason character varying(500) NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    bank_line_id bigint NOT NULL,
    booking_id bigint,
    CONSTRAINT payments_rebooking_number_check CHECK ((number >= 0)),
    CONSTRAINT payments_rebooking_two_people CHECK ((((booking_id IS NULL) AND ((checker)::text = ''::text) AND ((state)::text = 'PROPOSED'::text)) OR ((booking_id IS NULL) AND ((state)::text = 'DROPPED'::text) AND (NOT ((checker)::text = ''::text))) OR ((booking_id IS NOT NULL) AND ((state)::text = 'APPROVED'::text) AND (NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_rebooking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_rebooking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_receipt (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    source character varying(9) NOT NULL,
    amount_minor bigint NOT NULL,
    left_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    received_on date NOT NULL,
    holding character varying(12) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    bank_line_id bigint,
    bill_id bigint,
    book_id bigint NOT NULL,
    fact_id bigint,
    journal_id bigint,
    payer_id bigint,
    CONSTRAINT payments_receipt_held CHECK (((((holding)::text = '2205.01'::text) AND (payer_id IS NOT NULL)) OR (((holding)::text = '2241.05'::text) AND (payer_id IS NULL)))),
    CONSTRAINT payments_receipt_left CHECK (((amount_minor > 0) AND (left_minor >= 0) AND (left_minor <= amount_minor))),
    CONSTRAINT payments_receipt_of_one CHECK ((((bank_line_id IS NOT NULL) AND (bill_id IS NULL) AND (fact_id IS NULL) AND ((source)::text = 'BANK_LINE'::text)) OR ((bank_line_id IS NULL) AND (bill_id IS NULL) AND (fact_id IS NOT NULL) AND ((source)::text = 'CHARGE'::text)) OR ((bank_line_id IS NULL) AND (bill_id IS NOT NULL) AND (fact_id IS NULL) AND ((source)::text = 'BILL'::text))))
);



ALTER TABLE public.payments_receipt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_receipt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_reconexception (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    reason character varying(26) NOT NULL,
    reference character varying(160) NOT NULL,
    amount_minor bigint,
    currency character varying(3) NOT NULL,
    facts jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    state character varying(8) NOT NULL,
    resolution character varying(500) NOT NULL,
    resolved_by character varying(30) NOT NULL,
    resolved_by_name character varying(80) NOT NULL,
    approved_by character varying(30) NOT NULL,
    resolved_at timestamp with time zone,
    bank_line_id bigint,
    book_id bigint NOT NULL,
    holder_id bigint,
    movement_id bigint,
    order_id bigint,
    settlement_id bigint,
    statement_id bigint
);



ALTER TABLE public.payments_reconexception ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_reconexception_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_refund (
    id bigint NOT NULL,
    reason character varying(500) NOT NULL,
    note_id bigint,
    order_id bigint NOT NULL,
    receipt_id bigint,
    CONSTRAINT payments_refund_of_one CHECK ((((receipt_id IS NOT NULL) OR (note_id IS NOT NULL)) AND (1 = (
CASE
    WHEN (receipt_id IS NOT NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN (note_id IS NOT NULL) THEN 1
    ELSE 0
END))))
);



ALTER TABLE public.payments_refund ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_refund_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_requestitem (
    id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    invoice_id bigint NOT NULL,
    request_id bigint NOT NULL,
    CONSTRAINT payments_requestitem_asks CHECK ((amount_minor > 0))
);



ALTER TABLE public.payments_requestitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_requestitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_settlement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    provider character varying(16) NOT NULL,
    reference character varying(80) NOT NULL,
    trace character varying(80) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    state character varying(9) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    arrives_on date,
    is_complete boolean NOT NULL
);



ALTER TABLE public.payments_settlement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_settlement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_statement (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    "position" smallint NOT NULL,
    number character varying(60) NOT NULL,
    account_number character varying(60) NOT NULL,
    currency character varying(3) NOT NULL,
    begins_on date,
    ends_on date,
    opening_minor bigint,
    closing_minor bigint,
    sum_minor bigint NOT NULL,
    is_balanced boolean,
    file_id bigint NOT NULL,
    CONSTRAINT payments_statement_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.payments_statement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_statement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_statementdialect (
    id bigint NOT NULL,
    version smallint NOT NULL,
    document jsonb NOT NULL,
    made_by character varying(30) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    bank_account_id bigint NOT NULL,
    CONSTRAINT payments_statementdialect_version_check CHECK ((version >= 0))
);



ALTER TABLE public.payments_statementdialect ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_statementdialect_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_statementfile (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    name character varying(200) NOT NULL,
    format character varying(5) NOT NULL,
    content bytea NOT NULL,
    sha256 character varying(64) NOT NULL,
    state character varying(8) NOT NULL,
    flaws jsonb NOT NULL,
    lines integer NOT NULL,
    new_lines integer NOT NULL,
    taken_by character varying(30) NOT NULL,
    taken_by_name character varying(80) NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    bank_account_id bigint NOT NULL,
    dialect_id bigint,
    CONSTRAINT payments_statementfile_lines_check CHECK ((lines >= 0)),
    CONSTRAINT payments_statementfile_new_lines_check CHECK ((new_lines >= 0))
);



ALTER TABLE public.payments_statementfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_statementfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_statementline (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    raw jsonb NOT NULL,
    status character varying(8) NOT NULL,
    bank_line_id bigint,
    statement_id bigint NOT NULL,
    CONSTRAINT payments_statementline_position_check CHECK (("position" >= 0))
);



ALTER TABLE public.payments_statementline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_statementline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_subaccount (
    id bigint NOT NULL,
    number character varying(40) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    bank_account_id bigint NOT NULL,
    lease_id bigint NOT NULL
);



ALTER TABLE public.payments_subaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_subaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_suggestion (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    match_pass character varying(4) NOT NULL,
    score numeric(3,2) NOT NULL,
    reasons jsonb NOT NULL,
    plan jsonb NOT NULL,
    let_off_minor bigint NOT NULL,
    state character varying(7) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    decided_by character varying(30) NOT NULL,
    decided_at timestamp with time zone,
    bank_line_id bigint NOT NULL
);



ALTER TABLE public.payments_suggestion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_suggestion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE public.payments_takeback (
    id bigint NOT NULL,
    public_id character varying(30) NOT NULL,
    amount_minor bigint NOT NULL,
    reason character varying(500) NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(30) NOT NULL,
    maker_name character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(30) NOT NULL,
    checker_name character varying(80) NOT NULL,
    checked_at timestamp with time zone,
    operation_id bigint,
    order_id bigint NOT NULL,
    CONSTRAINT payments_takeback_takes CHECK ((amount_minor > 0)),
    CONSTRAINT payments_takeback_two_people CHECK (((((checker)::text = ''::text) AND (operation_id IS NULL) AND ((state)::text = 'PROPOSED'::text)) OR ((operation_id IS NULL) AND ((state)::text = 'DROPPED'::text) AND (NOT ((checker)::text = ''::text))) OR ((operation_id IS NOT NULL) AND ((state)::text = 'APPROVED'::text) AND (NOT ((checker)::text = ''::text)) AND (NOT ((checker)::text = (maker)::text)))))
);



ALTER TABLE public.payments_takeback ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.payments_takeback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



ALTER TABLE ONLY public.devices_archive ATTACH PARTITION public.devices_archive_rest DEFAULT;



ALTER TABLE ONLY public.devices_block ATTACH PARTITION public.devices_block_rest DEFAULT;



ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);



ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);



ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);



ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_acceptance
    ADD CONSTRAINT billing_acceptance_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_acceptance
    ADD CONSTRAINT billing_acceptance_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_account
    ADD CONSTRAINT billing_account_once UNIQUE NULLS NOT DISTINCT (book_id, code, currency, party_id, lease_id);



ALTER TABLE ONLY public.billing_account
    ADD CONSTRAINT billing_account_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_accountbalance
    ADD CONSTRAINT billing_accountbalance_pkey PRIMARY KEY (account_id);



ALTER TABLE ONLY public.billing_awardtax
    ADD CONSTRAINT billing_awardtax_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_billingfailure
    ADD CONSTRAINT billing_billingfailure_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.billing_billingfailure
    ADD CONSTRAINT billing_billingfailure_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_billingmark
    ADD CONSTRAINT billing_billingmark_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.billing_billingmark
    ADD CONSTRAINT billing_billingmark_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_billingmode
    ADD CONSTRAINT billing_billingmode_organization_id_key UNIQUE (organization_id);



ALTER TABLE ONLY public.billing_billingmode
    ADD CONSTRAINT billing_billingmode_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjection_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjection_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_billtelling
    ADD CONSTRAINT billing_billtelling_first UNIQUE (lease_id, period_start, period_end, organization_id);



ALTER TABLE ONLY public.billing_billtelling
    ADD CONSTRAINT billing_billtelling_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_book
    ADD CONSTRAINT billing_book_code_key UNIQUE (code);



ALTER TABLE ONLY public.billing_book
    ADD CONSTRAINT billing_book_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_bookingterms
    ADD CONSTRAINT billing_bookingterms_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.billing_bookingterms
    ADD CONSTRAINT billing_bookingterms_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_budget
    ADD CONSTRAINT billing_budget_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_budget
    ADD CONSTRAINT billing_budget_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_budgetcrossing
    ADD CONSTRAINT billing_budgetcrossing_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_budgetcrossing
    ADD CONSTRAINT billing_budgetcrossing_told_once UNIQUE (budget_id, since, kind, key);



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_checkpoint
    ADD CONSTRAINT billing_checkpoint_pkey PRIMARY KEY (device_id, unit_id, binding_id, local_day);



ALTER TABLE ONLY public.billing_checkresult
    ADD CONSTRAINT billing_checkresult_once UNIQUE (run_id, code);



ALTER TABLE ONLY public.billing_checkresult
    ADD CONSTRAINT billing_checkresult_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_checkrun
    ADD CONSTRAINT billing_checkrun_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_checkrun
    ADD CONSTRAINT billing_checkrun_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_correctedday
    ADD CONSTRAINT billing_correctedday_once UNIQUE (correction_id, after_id);



ALTER TABLE ONLY public.billing_correctedday
    ADD CONSTRAINT billing_correctedday_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_correction
    ADD CONSTRAINT billing_correction_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_correction
    ADD CONSTRAINT billing_correction_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_dunninghold
    ADD CONSTRAINT billing_dunninghold_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_dunninghold
    ADD CONSTRAINT billing_dunninghold_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_dunningitem
    ADD CONSTRAINT billing_dunningitem_once UNIQUE (invoice_id, level);



ALTER TABLE ONLY public.billing_dunningitem
    ADD CONSTRAINT billing_dunningitem_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_dunningletter
    ADD CONSTRAINT billing_dunningletter_one_a_day UNIQUE (seller_id, buyer_id, currency, "on");



ALTER TABLE ONLY public.billing_dunningletter
    ADD CONSTRAINT billing_dunningletter_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_dunningletter
    ADD CONSTRAINT billing_dunningletter_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_dunningpolicy
    ADD CONSTRAINT billing_dunningpolicy_once UNIQUE (seller_id, version);



ALTER TABLE ONLY public.billing_dunningpolicy
    ADD CONSTRAINT billing_dunningpolicy_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_dunningpolicy
    ADD CONSTRAINT billing_dunningpolicy_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_factslook
    ADD CONSTRAINT billing_factslook_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.billing_factslook
    ADD CONSTRAINT billing_factslook_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fund
    ADD CONSTRAINT billing_fund_book_id_key UNIQUE (book_id);



ALTER TABLE ONLY public.billing_fund
    ADD CONSTRAINT billing_fund_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fund
    ADD CONSTRAINT billing_fund_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_fundclaimstep
    ADD CONSTRAINT billing_fundclaimstep_once UNIQUE (claim_id, "position");



ALTER TABLE ONLY public.billing_fundclaimstep
    ADD CONSTRAINT billing_fundclaimstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribution_invoice_id_key UNIQUE (invoice_id);



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribution_journal_id_key UNIQUE (journal_id);



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribution_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribution_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_fundmembership
    ADD CONSTRAINT billing_fundmembership_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fundrules
    ADD CONSTRAINT billing_fundrules_once UNIQUE (fund_id, number);



ALTER TABLE ONLY public.billing_fundrules
    ADD CONSTRAINT billing_fundrules_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fundrules
    ADD CONSTRAINT billing_fundrules_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_fundtransfer
    ADD CONSTRAINT billing_fundtransfer_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_fundtransfer
    ADD CONSTRAINT billing_fundtransfer_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_indicatorbaseline
    ADD CONSTRAINT billing_indicatorbaseline_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_indicatorbaseline
    ADD CONSTRAINT billing_indicatorbaseline_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_inspection
    ADD CONSTRAINT billing_inspection_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_inspection
    ADD CONSTRAINT billing_inspection_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclaim_document_id_key UNIQUE (document_id);



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclaim_once UNIQUE (invoice_id, number);



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclaim_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_interestwaiver
    ADD CONSTRAINT billing_interestwaiver_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_interestwaiver
    ADD CONSTRAINT billing_interestwaiver_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_number_key UNIQUE (number);



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_invoiceline
    ADD CONSTRAINT billing_invoiceline_once UNIQUE (invoice_id, "position");



ALTER TABLE ONLY public.billing_invoiceline
    ADD CONSTRAINT billing_invoiceline_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_invoicelinefact
    ADD CONSTRAINT billing_invoicelinefact_line_id_key UNIQUE (line_id);



ALTER TABLE ONLY public.billing_invoicelinefact
    ADD CONSTRAINT billing_invoicelinefact_once UNIQUE (kind, source, tax_category, version);



ALTER TABLE ONLY public.billing_invoicelinefact
    ADD CONSTRAINT billing_invoicelinefact_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_invoicelineusage
    ADD CONSTRAINT billing_invoicelineusage_once UNIQUE (line_id, window_set_id);



ALTER TABLE ONLY public.billing_invoicelineusage
    ADD CONSTRAINT billing_invoicelineusage_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_invoicerun
    ADD CONSTRAINT billing_invoicerun_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_invoicerun
    ADD CONSTRAINT billing_invoicerun_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_journal
    ADD CONSTRAINT billing_journal_key UNIQUE (book_id, idempotency_key);



ALTER TABLE ONLY public.billing_journal
    ADD CONSTRAINT billing_journal_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_journal
    ADD CONSTRAINT billing_journal_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_journal
    ADD CONSTRAINT billing_journal_reverses_id_key UNIQUE (reverses_id);



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_lateterms
    ADD CONSTRAINT billing_lateterms_once UNIQUE (seller_id, valid_from);



ALTER TABLE ONLY public.billing_lateterms
    ADD CONSTRAINT billing_lateterms_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_lateterms
    ADD CONSTRAINT billing_lateterms_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_linedispute
    ADD CONSTRAINT billing_linedispute_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_linedispute
    ADD CONSTRAINT billing_linedispute_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_linemediation
    ADD CONSTRAINT billing_linemediation_dispute_id_key UNIQUE (dispute_id);



ALTER TABLE ONLY public.billing_linemediation
    ADD CONSTRAINT billing_linemediation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_linemediation
    ADD CONSTRAINT billing_linemediation_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_loanapplication
    ADD CONSTRAINT billing_loanapplication_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_loanapplication
    ADD CONSTRAINT billing_loanapplication_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_loaninstalment
    ADD CONSTRAINT billing_loaninstalment_once UNIQUE (offer_id, number);



ALTER TABLE ONLY public.billing_loaninstalment
    ADD CONSTRAINT billing_loaninstalment_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_loanlicence
    ADD CONSTRAINT billing_loanlicence_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_loanlicence
    ADD CONSTRAINT billing_loanlicence_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_loanoffer
    ADD CONSTRAINT billing_loanoffer_once UNIQUE (application_id, number);



ALTER TABLE ONLY public.billing_loanoffer
    ADD CONSTRAINT billing_loanoffer_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_loanpayment
    ADD CONSTRAINT billing_loanpayment_once UNIQUE (application_id, "position");



ALTER TABLE ONLY public.billing_loanpayment
    ADD CONSTRAINT billing_loanpayment_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_loanpayment
    ADD CONSTRAINT billing_loanpayment_takes_back_id_key UNIQUE (takes_back_id);



ALTER TABLE ONLY public.billing_loanproduct
    ADD CONSTRAINT billing_loanproduct_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_loanproduct
    ADD CONSTRAINT billing_loanproduct_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_loanstep
    ADD CONSTRAINT billing_loanstep_once UNIQUE (application_id, "position");



ALTER TABLE ONLY public.billing_loanstep
    ADD CONSTRAINT billing_loanstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_mediationstep
    ADD CONSTRAINT billing_mediationstep_once UNIQUE (mediation_id, "position");



ALTER TABLE ONLY public.billing_mediationstep
    ADD CONSTRAINT billing_mediationstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_meteringplan
    ADD CONSTRAINT billing_meteringplan_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_numbersequence
    ADD CONSTRAINT billing_numbersequence_once UNIQUE (seller_id, year);



ALTER TABLE ONLY public.billing_numbersequence
    ADD CONSTRAINT billing_numbersequence_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_overduetelling
    ADD CONSTRAINT billing_overduetelling_invoice_id_key UNIQUE (invoice_id);



ALTER TABLE ONLY public.billing_overduetelling
    ADD CONSTRAINT billing_overduetelling_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_paymentpromise
    ADD CONSTRAINT billing_paymentpromise_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_periodlock
    ADD CONSTRAINT billing_periodlock_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_periodlock
    ADD CONSTRAINT billing_periodlock_unlock_id_key UNIQUE (unlock_id);



ALTER TABLE ONLY public.billing_periodunlock
    ADD CONSTRAINT billing_periodunlock_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_periodunlock
    ADD CONSTRAINT billing_periodunlock_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_redletter
    ADD CONSTRAINT billing_redletter_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_redletter
    ADD CONSTRAINT billing_redletter_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_redlettermove
    ADD CONSTRAINT billing_redlettermove_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_reviewdecision
    ADD CONSTRAINT billing_reviewdecision_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_reviewitem
    ADD CONSTRAINT billing_reviewitem_once UNIQUE (device_id, unit_id, digest);



ALTER TABLE ONLY public.billing_reviewitem
    ADD CONSTRAINT billing_reviewitem_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_reviewitem
    ADD CONSTRAINT billing_reviewitem_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_once UNIQUE (run_id, lease_id, period_start);



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_slot_once UNIQUE (run_id, booking_id);



ALTER TABLE ONLY public.billing_runpart
    ADD CONSTRAINT billing_runpart_invoice_id_key UNIQUE (invoice_id);



ALTER TABLE ONLY public.billing_runpart
    ADD CONSTRAINT billing_runpart_once UNIQUE (item_id, seller_id);



ALTER TABLE ONLY public.billing_runpart
    ADD CONSTRAINT billing_runpart_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_seal
    ADD CONSTRAINT billing_seal_journal_id_key UNIQUE (journal_id);



ALTER TABLE ONLY public.billing_seal
    ADD CONSTRAINT billing_seal_number UNIQUE (book_id, number);



ALTER TABLE ONLY public.billing_seal
    ADD CONSTRAINT billing_seal_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidyadmission
    ADD CONSTRAINT billing_subsidyadmission_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidyadmission
    ADD CONSTRAINT billing_subsidyadmission_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_subsidybudget
    ADD CONSTRAINT billing_subsidybudget_once UNIQUE (programme_id, number);



ALTER TABLE ONLY public.billing_subsidybudget
    ADD CONSTRAINT billing_subsidybudget_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_invoice_id_key UNIQUE (invoice_id);



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_journal_id_key UNIQUE (journal_id);



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_subsidyitem
    ADD CONSTRAINT billing_subsidyitem_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidyitem
    ADD CONSTRAINT billing_subsidyitem_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_subsidyprogramme
    ADD CONSTRAINT billing_subsidyprogramme_named UNIQUE (operator_id, name);



ALTER TABLE ONLY public.billing_subsidyprogramme
    ADD CONSTRAINT billing_subsidyprogramme_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidyprogramme
    ADD CONSTRAINT billing_subsidyprogramme_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_subsidyrules
    ADD CONSTRAINT billing_subsidyrules_once UNIQUE (programme_id, number);



ALTER TABLE ONLY public.billing_subsidyrules
    ADD CONSTRAINT billing_subsidyrules_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidyrules
    ADD CONSTRAINT billing_subsidyrules_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_subsidysettlement
    ADD CONSTRAINT billing_subsidysettlement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_subsidysettlement
    ADD CONSTRAINT billing_subsidysettlement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_subsidystep
    ADD CONSTRAINT billing_subsidystep_once UNIQUE (settlement_id, "position");



ALTER TABLE ONLY public.billing_subsidystep
    ADD CONSTRAINT billing_subsidystep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_syntheticcontract
    ADD CONSTRAINT billing_syntheticcontract_device_id_key UNIQUE (device_id);



ALTER TABLE ONLY public.billing_syntheticcontract
    ADD CONSTRAINT billing_syntheticcontract_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.billing_syntheticcontract
    ADD CONSTRAINT billing_syntheticcontract_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_syntheticcontract
    ADD CONSTRAINT billing_syntheticcontract_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_tape
    ADD CONSTRAINT billing_tape_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_tape
    ADD CONSTRAINT billing_tape_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_taxdocument
    ADD CONSTRAINT billing_taxdocument_each_form_once UNIQUE (tax_invoice_id, form);



ALTER TABLE ONLY public.billing_taxdocument
    ADD CONSTRAINT billing_taxdocument_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_taxinvoice
    ADD CONSTRAINT billing_taxinvoice_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_taxinvoice
    ADD CONSTRAINT billing_taxinvoice_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.billing_taxinvoiceuse
    ADD CONSTRAINT billing_taxinvoiceuse_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_usagewindow
    ADD CONSTRAINT billing_usagewindow_once UNIQUE (device_id, set_id, starts_at, held, reason);



ALTER TABLE ONLY public.billing_usagewindow
    ADD CONSTRAINT billing_usagewindow_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_watermark
    ADD CONSTRAINT billing_watermark_once UNIQUE (device_id, unit_id);



ALTER TABLE ONLY public.billing_watermark
    ADD CONSTRAINT billing_watermark_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.billing_windowset
    ADD CONSTRAINT billing_windowset_once UNIQUE (device_id, unit_id, meter, local_day, version);



ALTER TABLE ONLY public.billing_windowset
    ADD CONSTRAINT billing_windowset_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_archive
    ADD CONSTRAINT devices_archive_pkey PRIMARY KEY (device_id, first, received_lo);



ALTER TABLE ONLY public.devices_archive_rest
    ADD CONSTRAINT devices_archive_rest_pkey PRIMARY KEY (device_id, first, received_lo);



ALTER TABLE ONLY public.devices_binding
    ADD CONSTRAINT devices_binding_one_machine_at_a_time EXCLUDE USING gist (int8range(device_id, device_id, '[]'::text) WITH &&, period WITH &&);



ALTER TABLE ONLY public.devices_binding
    ADD CONSTRAINT devices_binding_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_binding
    ADD CONSTRAINT devices_binding_public_id_1c24c84f_uniq UNIQUE (public_id);



ALTER TABLE ONLY public.devices_block
    ADD CONSTRAINT devices_block_pkey PRIMARY KEY (device_id, arrival, received_at);



ALTER TABLE ONLY public.devices_block_rest
    ADD CONSTRAINT devices_block_rest_pkey PRIMARY KEY (device_id, arrival, received_at);



ALTER TABLE ONLY public.devices_channel
    ADD CONSTRAINT devices_channel_key_once UNIQUE (device_id, key);



ALTER TABLE ONLY public.devices_channel
    ADD CONSTRAINT devices_channel_number_once UNIQUE (device_id, number);



ALTER TABLE ONLY public.devices_channel
    ADD CONSTRAINT devices_channel_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_claimcode
    ADD CONSTRAINT devices_claimcode_code_hash_key UNIQUE (code_hash);



ALTER TABLE ONLY public.devices_claimcode
    ADD CONSTRAINT devices_claimcode_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_claimcode
    ADD CONSTRAINT devices_claimcode_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_countersignature
    ADD CONSTRAINT devices_countersignature_once UNIQUE (head_id, key_id);



ALTER TABLE ONLY public.devices_countersignature
    ADD CONSTRAINT devices_countersignature_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_daysignature
    ADD CONSTRAINT devices_daysignature_once UNIQUE (device_id, day, key_id);



ALTER TABLE ONLY public.devices_daysignature
    ADD CONSTRAINT devices_daysignature_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_device
    ADD CONSTRAINT devices_device_code_key UNIQUE (code);



ALTER TABLE ONLY public.devices_device
    ADD CONSTRAINT devices_device_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_device
    ADD CONSTRAINT devices_device_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_devicekey
    ADD CONSTRAINT devices_devicekey_identifier_key UNIQUE (identifier);



ALTER TABLE ONLY public.devices_devicekey
    ADD CONSTRAINT devices_devicekey_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_devicekey
    ADD CONSTRAINT devices_devicekey_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_devicesigningkey
    ADD CONSTRAINT devices_devicesigningkey_once UNIQUE (device_id, public_key);



ALTER TABLE ONLY public.devices_devicesigningkey
    ADD CONSTRAINT devices_devicesigningkey_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_devicesigningkey
    ADD CONSTRAINT devices_devicesigningkey_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_epoch
    ADD CONSTRAINT devices_epoch_label_once UNIQUE (device_id, label);



ALTER TABLE ONLY public.devices_epoch
    ADD CONSTRAINT devices_epoch_number_once UNIQUE (device_id, number);



ALTER TABLE ONLY public.devices_epoch
    ADD CONSTRAINT devices_epoch_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_erasedrun
    ADD CONSTRAINT devices_erasedrun_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_erasure
    ADD CONSTRAINT devices_erasure_once UNIQUE (reference, device_id, retention, channels, period);



ALTER TABLE ONLY public.devices_erasure
    ADD CONSTRAINT devices_erasure_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_erasure
    ADD CONSTRAINT devices_erasure_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_gap
    ADD CONSTRAINT devices_gap_once UNIQUE (device_id, epoch_id, first);



ALTER TABLE ONLY public.devices_gap
    ADD CONSTRAINT devices_gap_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_head
    ADD CONSTRAINT devices_head_pkey PRIMARY KEY (device_id);



ALTER TABLE ONLY public.devices_logentry
    ADD CONSTRAINT devices_logentry_once UNIQUE (device_id, arrival);



ALTER TABLE ONLY public.devices_logentry
    ADD CONSTRAINT devices_logentry_pkey PRIMARY KEY ("position");



ALTER TABLE ONLY public.devices_loghead
    ADD CONSTRAINT devices_loghead_pkey PRIMARY KEY (size);



ALTER TABLE ONLY public.devices_logkey
    ADD CONSTRAINT devices_logkey_pkey PRIMARY KEY (key_id);



ALTER TABLE ONLY public.devices_logmark
    ADD CONSTRAINT devices_logmark_pkey PRIMARY KEY (device_id);



ALTER TABLE ONLY public.devices_lognode
    ADD CONSTRAINT devices_lognode_pkey PRIMARY KEY (level, place);



ALTER TABLE ONLY public.devices_logpage
    ADD CONSTRAINT devices_logpage_pkey PRIMARY KEY ("position");



ALTER TABLE ONLY public.devices_meterchange
    ADD CONSTRAINT devices_meterchange_corrects_id_key UNIQUE (corrects_id);



ALTER TABLE ONLY public.devices_meterchange
    ADD CONSTRAINT devices_meterchange_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_meterchange
    ADD CONSTRAINT devices_meterchange_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_quarantined
    ADD CONSTRAINT devices_quarantined_once UNIQUE (device_id, digest);



ALTER TABLE ONLY public.devices_quarantined
    ADD CONSTRAINT devices_quarantined_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_quarantined
    ADD CONSTRAINT devices_quarantined_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_replaysource
    ADD CONSTRAINT devices_replaysource_base_once UNIQUE (device_id, epoch, base);



ALTER TABLE ONLY public.devices_replaysource
    ADD CONSTRAINT devices_replaysource_once UNIQUE (device_id, epoch, digest);



ALTER TABLE ONLY public.devices_replaysource
    ADD CONSTRAINT devices_replaysource_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_signingkey
    ADD CONSTRAINT devices_signingkey_once UNIQUE (organization_id, public_key);



ALTER TABLE ONLY public.devices_signingkey
    ADD CONSTRAINT devices_signingkey_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_signingkey
    ADD CONSTRAINT devices_signingkey_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_silence
    ADD CONSTRAINT devices_silence_once UNIQUE (device_id, since);



ALTER TABLE ONLY public.devices_silence
    ADD CONSTRAINT devices_silence_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_silence
    ADD CONSTRAINT devices_silence_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.devices_statecode
    ADD CONSTRAINT devices_statecode_code_once UNIQUE (device_id, code);



ALTER TABLE ONLY public.devices_statecode
    ADD CONSTRAINT devices_statecode_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.devices_statecode
    ADD CONSTRAINT devices_statecode_word_once UNIQUE (device_id, word);



ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);



ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);



ALTER TABLE ONLY public.leasing_annex
    ADD CONSTRAINT leasing_annex_once UNIQUE (lease_id, number);



ALTER TABLE ONLY public.leasing_annex
    ADD CONSTRAINT leasing_annex_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_annex
    ADD CONSTRAINT leasing_annex_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_annexapproval
    ADD CONSTRAINT leasing_annexapproval_once UNIQUE (annex_id, person);



ALTER TABLE ONLY public.leasing_annexapproval
    ADD CONSTRAINT leasing_annexapproval_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_atrisk
    ADD CONSTRAINT leasing_atrisk_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_atrisk
    ADD CONSTRAINT leasing_atrisk_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_calendarfeed
    ADD CONSTRAINT leasing_calendarfeed_identifier_key UNIQUE (identifier);



ALTER TABLE ONLY public.leasing_calendarfeed
    ADD CONSTRAINT leasing_calendarfeed_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_calendarfeed
    ADD CONSTRAINT leasing_calendarfeed_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_commissionproposal
    ADD CONSTRAINT leasing_commissionproposal_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_commissionproposal
    ADD CONSTRAINT leasing_commissionproposal_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionrate_one_a_day EXCLUDE USING gist (int8range(COALESCE(category_id, (0)::bigint), COALESCE(category_id, (0)::bigint), '[]'::text) WITH &&, int8range(COALESCE(owner_id, (0)::bigint), COALESCE(owner_id, (0)::bigint), '[]'::text) WITH &&, daterange(starts_on, ends_on) WITH &&);



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionrate_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionrate_proposal_id_key UNIQUE (proposal_id);



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionrate_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_conditionrecord
    ADD CONSTRAINT leasing_conditionrecord_once UNIQUE (unit_id, kind, number);



ALTER TABLE ONLY public.leasing_conditionrecord
    ADD CONSTRAINT leasing_conditionrecord_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_conditionrecord
    ADD CONSTRAINT leasing_conditionrecord_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_contract
    ADD CONSTRAINT leasing_contract_digest_key UNIQUE (digest);



ALTER TABLE ONLY public.leasing_contract
    ADD CONSTRAINT leasing_contract_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.leasing_contract
    ADD CONSTRAINT leasing_contract_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_contract
    ADD CONSTRAINT leasing_contract_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_creditlimit
    ADD CONSTRAINT leasing_creditlimit_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_creditlimit
    ADD CONSTRAINT leasing_creditlimit_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_damageclaim
    ADD CONSTRAINT leasing_damageclaim_once UNIQUE (lease_id, number);



ALTER TABLE ONLY public.leasing_damageclaim
    ADD CONSTRAINT leasing_damageclaim_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_damageclaim
    ADD CONSTRAINT leasing_damageclaim_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_damageword
    ADD CONSTRAINT leasing_damageword_once UNIQUE (claim_id, "position");



ALTER TABLE ONLY public.leasing_damageword
    ADD CONSTRAINT leasing_damageword_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_defaultnotice
    ADD CONSTRAINT leasing_defaultnotice_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_defaultnotice
    ADD CONSTRAINT leasing_defaultnotice_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_deposit
    ADD CONSTRAINT leasing_deposit_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.leasing_deposit
    ADD CONSTRAINT leasing_deposit_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_deposit
    ADD CONSTRAINT leasing_deposit_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_depositmovement
    ADD CONSTRAINT leasing_depositmovement_order_id_key UNIQUE (order_id);



ALTER TABLE ONLY public.leasing_depositmovement
    ADD CONSTRAINT leasing_depositmovement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_depositorder
    ADD CONSTRAINT leasing_depositorder_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_depositorder
    ADD CONSTRAINT leasing_depositorder_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_downtimecredit
    ADD CONSTRAINT leasing_downtimecredit_one_for_one_time EXCLUDE USING gist (int8range(unit_id, unit_id, '[]'::text) WITH &&, tstzrange(starts_at, ends_at) WITH &&);



ALTER TABLE ONLY public.leasing_downtimecredit
    ADD CONSTRAINT leasing_downtimecredit_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_downtimecredit
    ADD CONSTRAINT leasing_downtimecredit_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_financeinstalment
    ADD CONSTRAINT leasing_financeinstalment_once UNIQUE (finance_id, number);



ALTER TABLE ONLY public.leasing_financeinstalment
    ADD CONSTRAINT leasing_financeinstalment_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_financelease
    ADD CONSTRAINT leasing_financelease_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.leasing_financelease
    ADD CONSTRAINT leasing_financelease_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_financelicence
    ADD CONSTRAINT leasing_financelicence_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_financelicence
    ADD CONSTRAINT leasing_financelicence_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_financeregistration
    ADD CONSTRAINT leasing_financeregistration_once UNIQUE (finance_id, "position");



ALTER TABLE ONLY public.leasing_financeregistration
    ADD CONSTRAINT leasing_financeregistration_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_financeregistration
    ADD CONSTRAINT leasing_financeregistration_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_healthwarning
    ADD CONSTRAINT leasing_healthwarning_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_healthwarning
    ADD CONSTRAINT leasing_healthwarning_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepolicy_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepolicy_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepolicy_replaces_id_key UNIQUE (replaces_id);



ALTER TABLE ONLY public.leasing_lease
    ADD CONSTRAINT leasing_lease_number_key UNIQUE (number);



ALTER TABLE ONLY public.leasing_lease
    ADD CONSTRAINT leasing_lease_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_lease
    ADD CONSTRAINT leasing_lease_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_leasecommission
    ADD CONSTRAINT leasing_leasecommission_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.leasing_leasecommission
    ADD CONSTRAINT leasing_leasecommission_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_leaseunit
    ADD CONSTRAINT leasing_leaseunit_claim_id_key UNIQUE (claim_id);



ALTER TABLE ONLY public.leasing_leaseunit
    ADD CONSTRAINT leasing_leaseunit_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_leaseunit
    ADD CONSTRAINT leasing_leaseunit_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_maintenancemeter
    ADD CONSTRAINT leasing_maintenancemeter_once UNIQUE (rule_id, binding_id);



ALTER TABLE ONLY public.leasing_maintenancemeter
    ADD CONSTRAINT leasing_maintenancemeter_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_maintenancerule
    ADD CONSTRAINT leasing_maintenancerule_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_maintenancerule
    ADD CONSTRAINT leasing_maintenancerule_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenanceticket_claim_id_key UNIQUE (claim_id);



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenanceticket_once UNIQUE (rule_id, equipment_id, number);



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenanceticket_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenanceticket_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_offer
    ADD CONSTRAINT leasing_offer_once UNIQUE (lease_id, version);



ALTER TABLE ONLY public.leasing_offer
    ADD CONSTRAINT leasing_offer_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_orderbook
    ADD CONSTRAINT leasing_orderbook_organization_id_key UNIQUE (organization_id);



ALTER TABLE ONLY public.leasing_orderbook
    ADD CONSTRAINT leasing_orderbook_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_overdue
    ADD CONSTRAINT leasing_overdue_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_overdue
    ADD CONSTRAINT leasing_overdue_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_photo
    ADD CONSTRAINT leasing_photo_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_photo
    ADD CONSTRAINT leasing_photo_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_planacceptance
    ADD CONSTRAINT leasing_planacceptance_digest_once UNIQUE (organization_id, digest);



ALTER TABLE ONLY public.leasing_planacceptance
    ADD CONSTRAINT leasing_planacceptance_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_planacceptance
    ADD CONSTRAINT leasing_planacceptance_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_planacceptance
    ADD CONSTRAINT leasing_planacceptance_turn_once UNIQUE (organization_id, turn);



ALTER TABLE ONLY public.leasing_planacceptedannex
    ADD CONSTRAINT leasing_planacceptedannex_annex_id_key UNIQUE (annex_id);



ALTER TABLE ONLY public.leasing_planacceptedannex
    ADD CONSTRAINT leasing_planacceptedannex_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_planacceptedlease
    ADD CONSTRAINT leasing_planacceptedlease_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.leasing_planacceptedlease
    ADD CONSTRAINT leasing_planacceptedlease_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_productionorder
    ADD CONSTRAINT leasing_productionorder_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_productionorder
    ADD CONSTRAINT leasing_productionorder_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_productionorder
    ADD CONSTRAINT leasing_productionorder_reference_once UNIQUE (organization_id, reference);



ALTER TABLE ONLY public.leasing_rating
    ADD CONSTRAINT leasing_rating_once UNIQUE (round_id, side);



ALTER TABLE ONLY public.leasing_rating
    ADD CONSTRAINT leasing_rating_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_rating
    ADD CONSTRAINT leasing_rating_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_ratinganswer
    ADD CONSTRAINT leasing_ratinganswer_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_ratinganswer
    ADD CONSTRAINT leasing_ratinganswer_rating_id_key UNIQUE (rating_id);



ALTER TABLE ONLY public.leasing_ratingmoderation
    ADD CONSTRAINT leasing_ratingmoderation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_ratinground
    ADD CONSTRAINT leasing_ratinground_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.leasing_ratinground
    ADD CONSTRAINT leasing_ratinground_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_recordanswer
    ADD CONSTRAINT leasing_recordanswer_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_recordanswer
    ADD CONSTRAINT leasing_recordanswer_record_id_key UNIQUE (record_id);



ALTER TABLE ONLY public.leasing_referralword
    ADD CONSTRAINT leasing_referralword_once UNIQUE (record_id, "position");



ALTER TABLE ONLY public.leasing_referralword
    ADD CONSTRAINT leasing_referralword_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_serviceorder
    ADD CONSTRAINT leasing_serviceorder_numbered UNIQUE (lease_id, service_id, number);



ALTER TABLE ONLY public.leasing_serviceorder
    ADD CONSTRAINT leasing_serviceorder_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_serviceorder
    ADD CONSTRAINT leasing_serviceorder_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_serviceorderstep
    ADD CONSTRAINT leasing_serviceorderstep_once UNIQUE (order_id, "position");



ALTER TABLE ONLY public.leasing_serviceorderstep
    ADD CONSTRAINT leasing_serviceorderstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_settlement
    ADD CONSTRAINT leasing_settlement_once UNIQUE (lease_id, number);



ALTER TABLE ONLY public.leasing_settlement
    ADD CONSTRAINT leasing_settlement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_settlement
    ADD CONSTRAINT leasing_settlement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_signature
    ADD CONSTRAINT leasing_signature_once UNIQUE (contract_id, side);



ALTER TABLE ONLY public.leasing_signature
    ADD CONSTRAINT leasing_signature_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_claim_id_key UNIQUE (claim_id);



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_slotstep
    ADD CONSTRAINT leasing_slotstep_once UNIQUE (booking_id, "position");



ALTER TABLE ONLY public.leasing_slotstep
    ADD CONSTRAINT leasing_slotstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_agreement_id_key UNIQUE (agreement_id);



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_one_at_a_time EXCLUDE USING gist (int8range(unit_id, unit_id, '[]'::text) WITH &&, int4range(depth, depth, '[]'::text) WITH &&, tstzrange(COALESCE(active_from, starts_at), COALESCE(active_to, ends_at)) WITH &&) WHERE (((status)::text = ANY (ARRAY[('AGREED'::character varying)::text, ('RUNNING'::character varying)::text, ('ENDED'::character varying)::text])));



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_subleasestep
    ADD CONSTRAINT leasing_subleasestep_once UNIQUE (sublease_id, "position");



ALTER TABLE ONLY public.leasing_subleasestep
    ADD CONSTRAINT leasing_subleasestep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_suspension
    ADD CONSTRAINT leasing_suspension_never_two EXCLUDE USING gist (int8range(lease_id, lease_id, '[]'::text) WITH &&, tstzrange(started_at, ended_at) WITH &&);



ALTER TABLE ONLY public.leasing_suspension
    ADD CONSTRAINT leasing_suspension_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_suspension
    ADD CONSTRAINT leasing_suspension_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_termstemplate
    ADD CONSTRAINT leasing_termstemplate_once UNIQUE (kind, version);



ALTER TABLE ONLY public.leasing_termstemplate
    ADD CONSTRAINT leasing_termstemplate_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_termstemplate
    ADD CONSTRAINT leasing_termstemplate_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_ticket
    ADD CONSTRAINT leasing_ticket_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_ticket
    ADD CONSTRAINT leasing_ticket_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.leasing_ticketphoto
    ADD CONSTRAINT leasing_ticketphoto_once UNIQUE (ticket_id, "position");



ALTER TABLE ONLY public.leasing_ticketphoto
    ADD CONSTRAINT leasing_ticketphoto_photo_id_key UNIQUE (photo_id);



ALTER TABLE ONLY public.leasing_ticketphoto
    ADD CONSTRAINT leasing_ticketphoto_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_ticketstep
    ADD CONSTRAINT leasing_ticketstep_once UNIQUE (ticket_id, "position");



ALTER TABLE ONLY public.leasing_ticketstep
    ADD CONSTRAINT leasing_ticketstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.leasing_transition
    ADD CONSTRAINT leasing_transition_once UNIQUE (lease_id, "position");



ALTER TABLE ONLY public.leasing_transition
    ADD CONSTRAINT leasing_transition_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_announcement
    ADD CONSTRAINT marketplace_announcement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_announcement
    ADD CONSTRAINT marketplace_announcement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_apikey
    ADD CONSTRAINT marketplace_apikey_identifier_key UNIQUE (identifier);



ALTER TABLE ONLY public.marketplace_apikey
    ADD CONSTRAINT marketplace_apikey_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_apikey
    ADD CONSTRAINT marketplace_apikey_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_apirequest
    ADD CONSTRAINT marketplace_apirequest_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_askedin
    ADD CONSTRAINT marketplace_askedin_once UNIQUE (organization_id, email);



ALTER TABLE ONLY public.marketplace_askedin
    ADD CONSTRAINT marketplace_askedin_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_askedin
    ADD CONSTRAINT marketplace_askedin_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_auditentry
    ADD CONSTRAINT marketplace_auditentry_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_backgroundjob
    ADD CONSTRAINT marketplace_backgroundjob_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_backgroundjob
    ADD CONSTRAINT marketplace_backgroundjob_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_category
    ADD CONSTRAINT marketplace_category_code_key UNIQUE (code);



ALTER TABLE ONLY public.marketplace_category
    ADD CONSTRAINT marketplace_category_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_chain
    ADD CONSTRAINT marketplace_chain_one_name UNIQUE (leader_id, name);



ALTER TABLE ONLY public.marketplace_chain
    ADD CONSTRAINT marketplace_chain_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_chain
    ADD CONSTRAINT marketplace_chain_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_chainmember
    ADD CONSTRAINT marketplace_chainmember_once UNIQUE (chain_id, member_id);



ALTER TABLE ONLY public.marketplace_chainmember
    ADD CONSTRAINT marketplace_chainmember_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_claim
    ADD CONSTRAINT marketplace_claim_no_double_booking EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]'::text) WITH &&, period WITH &&) WHERE (active) DEFERRABLE;



ALTER TABLE ONLY public.marketplace_claim
    ADD CONSTRAINT marketplace_claim_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_claim
    ADD CONSTRAINT marketplace_claim_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_closing
    ADD CONSTRAINT marketplace_closing_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_closing
    ADD CONSTRAINT marketplace_closing_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_contentcase
    ADD CONSTRAINT marketplace_contentcase_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_contentcase
    ADD CONSTRAINT marketplace_contentcase_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_contentstep
    ADD CONSTRAINT marketplace_contentstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_conversation
    ADD CONSTRAINT marketplace_conversation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_conversation
    ADD CONSTRAINT marketplace_conversation_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_dataexport
    ADD CONSTRAINT marketplace_dataexport_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_dataexport
    ADD CONSTRAINT marketplace_dataexport_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_datatable
    ADD CONSTRAINT marketplace_datatable_once UNIQUE (of_id, name);



ALTER TABLE ONLY public.marketplace_datatable
    ADD CONSTRAINT marketplace_datatable_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_dictionaryversion
    ADD CONSTRAINT marketplace_dictionaryversion_once UNIQUE (category_id, number);



ALTER TABLE ONLY public.marketplace_dictionaryversion
    ADD CONSTRAINT marketplace_dictionaryversion_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_encumbrancesearch
    ADD CONSTRAINT marketplace_encumbrancesearch_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_encumbrancesearch
    ADD CONSTRAINT marketplace_encumbrancesearch_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_equipment
    ADD CONSTRAINT marketplace_equipment_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_equipment
    ADD CONSTRAINT marketplace_equipment_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_equipmentcheck
    ADD CONSTRAINT marketplace_equipmentcheck_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_equipmentcheck
    ADD CONSTRAINT marketplace_equipmentcheck_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_equipmentdocument
    ADD CONSTRAINT marketplace_equipmentdocument_once UNIQUE (equipment_id, sha256);



ALTER TABLE ONLY public.marketplace_equipmentdocument
    ADD CONSTRAINT marketplace_equipmentdocument_one_at_a_place UNIQUE (equipment_id, "position") DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentdocument
    ADD CONSTRAINT marketplace_equipmentdocument_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_equipmentdocument
    ADD CONSTRAINT marketplace_equipmentdocument_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_equipmentrecord
    ADD CONSTRAINT marketplace_equipmentrecord_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_equipmentrecord
    ADD CONSTRAINT marketplace_equipmentrecord_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_equipmentrecord
    ADD CONSTRAINT marketplace_equipmentrecord_replaces_id_key UNIQUE (replaces_id);



ALTER TABLE ONLY public.marketplace_event
    ADD CONSTRAINT marketplace_event_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_event
    ADD CONSTRAINT marketplace_event_place_once UNIQUE (organization_id, sequence);



ALTER TABLE ONLY public.marketplace_event
    ADD CONSTRAINT marketplace_event_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_eventhead
    ADD CONSTRAINT marketplace_eventhead_organization_id_key UNIQUE (organization_id);



ALTER TABLE ONLY public.marketplace_eventhead
    ADD CONSTRAINT marketplace_eventhead_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_idempotencyrecord
    ADD CONSTRAINT marketplace_idempotencyrecord_once UNIQUE (caller, method_path, key);



ALTER TABLE ONLY public.marketplace_idempotencyrecord
    ADD CONSTRAINT marketplace_idempotencyrecord_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_import
    ADD CONSTRAINT marketplace_import_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_import
    ADD CONSTRAINT marketplace_import_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_importrow
    ADD CONSTRAINT marketplace_importrow_once UNIQUE (of_id, place);



ALTER TABLE ONLY public.marketplace_importrow
    ADD CONSTRAINT marketplace_importrow_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_invitation
    ADD CONSTRAINT marketplace_invitation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_invitation
    ADD CONSTRAINT marketplace_invitation_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_joinrequest
    ADD CONSTRAINT marketplace_joinrequest_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_joinrequest
    ADD CONSTRAINT marketplace_joinrequest_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_letter
    ADD CONSTRAINT marketplace_letter_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_listing
    ADD CONSTRAINT marketplace_listing_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_listing
    ADD CONSTRAINT marketplace_listing_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_listingphoto
    ADD CONSTRAINT marketplace_listingphoto_once UNIQUE (listing_id, sha256);



ALTER TABLE ONLY public.marketplace_listingphoto
    ADD CONSTRAINT marketplace_listingphoto_one_at_a_place UNIQUE (listing_id, "position") DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listingphoto
    ADD CONSTRAINT marketplace_listingphoto_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_listingphoto
    ADD CONSTRAINT marketplace_listingphoto_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_listingservice
    ADD CONSTRAINT marketplace_listingservice_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_listingservice
    ADD CONSTRAINT marketplace_listingservice_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_listingunit
    ADD CONSTRAINT marketplace_listingunit_equipment_id_key UNIQUE (equipment_id);



ALTER TABLE ONLY public.marketplace_listingunit
    ADD CONSTRAINT marketplace_listingunit_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_maturitydeclaration
    ADD CONSTRAINT marketplace_maturitydeclaration_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_maturitydeclaration
    ADD CONSTRAINT marketplace_maturitydeclaration_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_membership
    ADD CONSTRAINT marketplace_membership_once UNIQUE (user_id, organization_id, role);



ALTER TABLE ONLY public.marketplace_membership
    ADD CONSTRAINT marketplace_membership_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_message
    ADD CONSTRAINT marketplace_message_answers_id_key UNIQUE (answers_id);



ALTER TABLE ONLY public.marketplace_message
    ADD CONSTRAINT marketplace_message_once UNIQUE (conversation_id, number);



ALTER TABLE ONLY public.marketplace_message
    ADD CONSTRAINT marketplace_message_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_movedclock
    ADD CONSTRAINT marketplace_movedclock_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_nameplatecase
    ADD CONSTRAINT marketplace_nameplatecase_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_nameplatecase
    ADD CONSTRAINT marketplace_nameplatecase_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_need
    ADD CONSTRAINT marketplace_need_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_need
    ADD CONSTRAINT marketplace_need_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_needanswer
    ADD CONSTRAINT marketplace_needanswer_once UNIQUE NULLS NOT DISTINCT (need_id, owner_id, listing_id);



ALTER TABLE ONLY public.marketplace_needanswer
    ADD CONSTRAINT marketplace_needanswer_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_needanswer
    ADD CONSTRAINT marketplace_needanswer_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_needinvitation
    ADD CONSTRAINT marketplace_needinvitation_once UNIQUE (need_id, owner_id);



ALTER TABLE ONLY public.marketplace_needinvitation
    ADD CONSTRAINT marketplace_needinvitation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_notification
    ADD CONSTRAINT marketplace_notification_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_notification
    ADD CONSTRAINT marketplace_notification_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_organization
    ADD CONSTRAINT marketplace_organization_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_organization
    ADD CONSTRAINT marketplace_organization_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_organizationcheck
    ADD CONSTRAINT marketplace_organizationcheck_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_organizationcheck
    ADD CONSTRAINT marketplace_organizationcheck_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_privacyacceptance
    ADD CONSTRAINT marketplace_privacyacceptance_once UNIQUE (user_id, version);



ALTER TABLE ONLY public.marketplace_privacyacceptance
    ADD CONSTRAINT marketplace_privacyacceptance_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_readmark
    ADD CONSTRAINT marketplace_readmark_once UNIQUE (conversation_id, organization_id);



ALTER TABLE ONLY public.marketplace_readmark
    ADD CONSTRAINT marketplace_readmark_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_recoverycode
    ADD CONSTRAINT marketplace_recoverycode_once UNIQUE (user_id, code_hash);



ALTER TABLE ONLY public.marketplace_recoverycode
    ADD CONSTRAINT marketplace_recoverycode_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_refurbishment
    ADD CONSTRAINT marketplace_refurbishment_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_refurbishment
    ADD CONSTRAINT marketplace_refurbishment_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_refurbishmententry
    ADD CONSTRAINT marketplace_refurbishmententry_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_refurbishmententry
    ADD CONSTRAINT marketplace_refurbishmententry_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_savedfilter
    ADD CONSTRAINT marketplace_savedfilter_name UNIQUE (user_id, organization_id, page, name);



ALTER TABLE ONLY public.marketplace_savedfilter
    ADD CONSTRAINT marketplace_savedfilter_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_savedfilter
    ADD CONSTRAINT marketplace_savedfilter_place UNIQUE (user_id, organization_id, page, place);



ALTER TABLE ONLY public.marketplace_savedfilter
    ADD CONSTRAINT marketplace_savedfilter_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_savedfind
    ADD CONSTRAINT marketplace_savedfind_once UNIQUE (saved_id, listing_id);



ALTER TABLE ONLY public.marketplace_savedfind
    ADD CONSTRAINT marketplace_savedfind_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_scrapping
    ADD CONSTRAINT marketplace_scrapping_equipment_id_key UNIQUE (equipment_id);



ALTER TABLE ONLY public.marketplace_scrapping
    ADD CONSTRAINT marketplace_scrapping_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_searchdocument
    ADD CONSTRAINT marketplace_searchdocument_pkey PRIMARY KEY (listing_id);



ALTER TABLE ONLY public.marketplace_searchterm
    ADD CONSTRAINT marketplace_searchterm_pkey PRIMARY KEY (token);



ALTER TABLE ONLY public.marketplace_secondfactor
    ADD CONSTRAINT marketplace_secondfactor_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_secondfactor
    ADD CONSTRAINT marketplace_secondfactor_user_id_key UNIQUE (user_id);



ALTER TABLE ONLY public.marketplace_signin
    ADD CONSTRAINT marketplace_signin_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_signin
    ADD CONSTRAINT marketplace_signin_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_signin
    ADD CONSTRAINT marketplace_signin_session_key_key UNIQUE (session_key);



ALTER TABLE ONLY public.marketplace_site
    ADD CONSTRAINT marketplace_site_once UNIQUE (organization_id, name);



ALTER TABLE ONLY public.marketplace_site
    ADD CONSTRAINT marketplace_site_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_site
    ADD CONSTRAINT marketplace_site_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_slotschedule
    ADD CONSTRAINT marketplace_slotschedule_once UNIQUE (listing_id, version);



ALTER TABLE ONLY public.marketplace_slotschedule
    ADD CONSTRAINT marketplace_slotschedule_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_specfield
    ADD CONSTRAINT marketplace_specfield_once UNIQUE (category_id, code, version);



ALTER TABLE ONLY public.marketplace_specfield
    ADD CONSTRAINT marketplace_specfield_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_specstatement
    ADD CONSTRAINT marketplace_specstatement_once UNIQUE (equipment_id, number);



ALTER TABLE ONLY public.marketplace_specstatement
    ADD CONSTRAINT marketplace_specstatement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_specstatement
    ADD CONSTRAINT marketplace_specstatement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_staletimes
    ADD CONSTRAINT marketplace_staletimes_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_takentimes
    ADD CONSTRAINT marketplace_takentimes_pkey PRIMARY KEY (listing_id);



ALTER TABLE ONLY public.marketplace_throttle
    ADD CONSTRAINT marketplace_throttle_pkey PRIMARY KEY (key);



ALTER TABLE ONLY public.marketplace_user
    ADD CONSTRAINT marketplace_user_email_key UNIQUE (email);



ALTER TABLE ONLY public.marketplace_user_groups
    ADD CONSTRAINT marketplace_user_groups_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_user_groups
    ADD CONSTRAINT marketplace_user_groups_user_id_group_id_619713e9_uniq UNIQUE (user_id, group_id);



ALTER TABLE ONLY public.marketplace_user
    ADD CONSTRAINT marketplace_user_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_user
    ADD CONSTRAINT marketplace_user_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_user_user_permissions
    ADD CONSTRAINT marketplace_user_user_pe_user_id_permission_id_179f1caf_uniq UNIQUE (user_id, permission_id);



ALTER TABLE ONLY public.marketplace_user_user_permissions
    ADD CONSTRAINT marketplace_user_user_permissions_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_vatstatement
    ADD CONSTRAINT marketplace_vatstatement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_vatstatement
    ADD CONSTRAINT marketplace_vatstatement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_verification
    ADD CONSTRAINT marketplace_verification_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_verification
    ADD CONSTRAINT marketplace_verification_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_verificationpaper
    ADD CONSTRAINT marketplace_verificationpaper_once UNIQUE (verification_id, kind, sha256);



ALTER TABLE ONLY public.marketplace_verificationpaper
    ADD CONSTRAINT marketplace_verificationpaper_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_verificationpaper
    ADD CONSTRAINT marketplace_verificationpaper_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_verificationstep
    ADD CONSTRAINT marketplace_verificationstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_verificationstep
    ADD CONSTRAINT marketplace_verificationstep_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_webhookattempt
    ADD CONSTRAINT marketplace_webhookattempt_once UNIQUE (delivery_id, number);



ALTER TABLE ONLY public.marketplace_webhookattempt
    ADD CONSTRAINT marketplace_webhookattempt_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_webhookdelivery
    ADD CONSTRAINT marketplace_webhookdelivery_once UNIQUE (endpoint_id, event_id);



ALTER TABLE ONLY public.marketplace_webhookdelivery
    ADD CONSTRAINT marketplace_webhookdelivery_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_webhookdelivery
    ADD CONSTRAINT marketplace_webhookdelivery_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_webhookendpoint
    ADD CONSTRAINT marketplace_webhookendpoint_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.marketplace_webhookendpoint
    ADD CONSTRAINT marketplace_webhookendpoint_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.marketplace_webhooksecret
    ADD CONSTRAINT marketplace_webhooksecret_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_accessevent
    ADD CONSTRAINT ownership_accessevent_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_accessevent
    ADD CONSTRAINT ownership_accessevent_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_one_lessee_at_a_time EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]'::text) WITH &&, int4range(cardinality(above), cardinality(above), '[]'::text) WITH &&, period WITH &&);



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_agreementversion
    ADD CONSTRAINT ownership_agreementversion_number_once UNIQUE (agreement_id, number);



ALTER TABLE ONLY public.ownership_agreementversion
    ADD CONSTRAINT ownership_agreementversion_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_bordercheck_assets
    ADD CONSTRAINT ownership_bordercheck_as_bordercheck_id_dataasset_dd78006f_uniq UNIQUE (bordercheck_id, dataasset_id);



ALTER TABLE ONLY public.ownership_bordercheck_assets
    ADD CONSTRAINT ownership_bordercheck_assets_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_bordercheck
    ADD CONSTRAINT ownership_bordercheck_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_bordercheck
    ADD CONSTRAINT ownership_bordercheck_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_certificate
    ADD CONSTRAINT ownership_certificate_duty_id_key UNIQUE (duty_id);



ALTER TABLE ONLY public.ownership_certificate
    ADD CONSTRAINT ownership_certificate_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_certificate
    ADD CONSTRAINT ownership_certificate_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_dataasset
    ADD CONSTRAINT ownership_dataasset_channel_id_key UNIQUE (channel_id);



ALTER TABLE ONLY public.ownership_dataasset_derived_from
    ADD CONSTRAINT ownership_dataasset_deri_from_dataasset_id_to_dat_6d73f2a8_uniq UNIQUE (from_dataasset_id, to_dataasset_id);



ALTER TABLE ONLY public.ownership_dataasset_derived_from
    ADD CONSTRAINT ownership_dataasset_derived_from_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_dataasset
    ADD CONSTRAINT ownership_dataasset_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_dataasset
    ADD CONSTRAINT ownership_dataasset_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicence_one_a_place UNIQUE (version_id, place, attempt);



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicence_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicence_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_dataproduct
    ADD CONSTRAINT ownership_dataproduct_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_dataproduct
    ADD CONSTRAINT ownership_dataproduct_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_declaredcompetitor
    ADD CONSTRAINT ownership_declaredcompetitor_once UNIQUE (organization_id, competitor_id);



ALTER TABLE ONLY public.ownership_declaredcompetitor
    ADD CONSTRAINT ownership_declaredcompetitor_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_duty
    ADD CONSTRAINT ownership_duty_once UNIQUE (agreement_id, kind, source, retentions, channels, period);



ALTER TABLE ONLY public.ownership_duty
    ADD CONSTRAINT ownership_duty_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_duty
    ADD CONSTRAINT ownership_duty_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_evententry
    ADD CONSTRAINT ownership_evententry_event_id_key UNIQUE (event_id);



ALTER TABLE ONLY public.ownership_evententry
    ADD CONSTRAINT ownership_evententry_pkey PRIMARY KEY ("position");



ALTER TABLE ONLY public.ownership_eventhead
    ADD CONSTRAINT ownership_eventhead_pkey PRIMARY KEY (size);



ALTER TABLE ONLY public.ownership_eventnode
    ADD CONSTRAINT ownership_eventnode_pkey PRIMARY KEY (level, place);



ALTER TABLE ONLY public.ownership_gatekeeperentry
    ADD CONSTRAINT ownership_gatekeeperentry_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_gatekeeperentry
    ADD CONSTRAINT ownership_gatekeeperentry_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_grading
    ADD CONSTRAINT ownership_grading_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_grant
    ADD CONSTRAINT ownership_grant_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_grant
    ADD CONSTRAINT ownership_grant_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_hold
    ADD CONSTRAINT ownership_hold_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_hold
    ADD CONSTRAINT ownership_hold_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_licencestep
    ADD CONSTRAINT ownership_licencestep_once UNIQUE (licence_id, kind);



ALTER TABLE ONLY public.ownership_licencestep
    ADD CONSTRAINT ownership_licencestep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_loggedperson
    ADD CONSTRAINT ownership_loggedperson_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_loggedperson
    ADD CONSTRAINT ownership_loggedperson_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_notice
    ADD CONSTRAINT ownership_notice_number_once UNIQUE (reference, number);



ALTER TABLE ONLY public.ownership_notice
    ADD CONSTRAINT ownership_notice_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_notice
    ADD CONSTRAINT ownership_notice_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_noticeacceptance
    ADD CONSTRAINT ownership_noticeacceptance_notice_id_key UNIQUE (notice_id);



ALTER TABLE ONLY public.ownership_noticeacceptance
    ADD CONSTRAINT ownership_noticeacceptance_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_paymentduty
    ADD CONSTRAINT ownership_paymentduty_once UNIQUE (source, subject, debtor_id, creditor_id);



ALTER TABLE ONLY public.ownership_paymentduty
    ADD CONSTRAINT ownership_paymentduty_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_paymentduty
    ADD CONSTRAINT ownership_paymentduty_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_productstep
    ADD CONSTRAINT ownership_productstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_productversion
    ADD CONSTRAINT ownership_productversion_digest_key UNIQUE (digest);



ALTER TABLE ONLY public.ownership_productversion
    ADD CONSTRAINT ownership_productversion_one_number UNIQUE (product_id, number);



ALTER TABLE ONLY public.ownership_productversion
    ADD CONSTRAINT ownership_productversion_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_proposal
    ADD CONSTRAINT ownership_proposal_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_proposal
    ADD CONSTRAINT ownership_proposal_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_registration
    ADD CONSTRAINT ownership_registration_number UNIQUE (year, running);



ALTER TABLE ONLY public.ownership_registration
    ADD CONSTRAINT ownership_registration_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_registration
    ADD CONSTRAINT ownership_registration_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrationentry_one_next UNIQUE (registration_id, "position");



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrationentry_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_registrationsignature
    ADD CONSTRAINT ownership_registrationsignature_entry_id_key UNIQUE (entry_id);



ALTER TABLE ONLY public.ownership_registrationsignature
    ADD CONSTRAINT ownership_registrationsignature_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_sharingobjection
    ADD CONSTRAINT ownership_sharingobjection_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_sharingobjection
    ADD CONSTRAINT ownership_sharingobjection_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.ownership_sharingrequest
    ADD CONSTRAINT ownership_sharingrequest_grant_id_key UNIQUE (grant_id);



ALTER TABLE ONLY public.ownership_sharingrequest
    ADD CONSTRAINT ownership_sharingrequest_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_takencopy
    ADD CONSTRAINT ownership_takencopy_once UNIQUE (event, agreement_id);



ALTER TABLE ONLY public.ownership_takencopy
    ADD CONSTRAINT ownership_takencopy_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.ownership_unsealedevent
    ADD CONSTRAINT ownership_unsealedevent_pkey PRIMARY KEY (event_id);



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptancebill_bank_line_id_key UNIQUE (bank_line_id);



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptancebill_once EXCLUDE USING gist (numrange((number)::numeric, (number)::numeric, '[]'::text) WITH &&, int8range(first_unit, last_unit, '[]'::text) WITH &&) WHERE (((state)::text <> ALL (ARRAY[('DROPPED'::character varying)::text, ('RETURNED'::character varying)::text])));



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptancebill_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptancebill_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_undoes_id_key UNIQUE (undoes_id);



ALTER TABLE ONLY public.payments_bankaccount
    ADD CONSTRAINT payments_bankaccount_once UNIQUE (number, currency);



ALTER TABLE ONLY public.payments_bankaccount
    ADD CONSTRAINT payments_bankaccount_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_bankaccount
    ADD CONSTRAINT payments_bankaccount_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_bankline
    ADD CONSTRAINT payments_bankline_once UNIQUE (bank_account_id, booked_on, identity, occurrence);



ALTER TABLE ONLY public.payments_bankline
    ADD CONSTRAINT payments_bankline_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_bankline
    ADD CONSTRAINT payments_bankline_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_billstep
    ADD CONSTRAINT payments_billstep_once UNIQUE (bill_id, "position");



ALTER TABLE ONLY public.payments_billstep
    ADD CONSTRAINT payments_billstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_classification
    ADD CONSTRAINT payments_classification_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_classification
    ADD CONSTRAINT payments_classification_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_disputeloss
    ADD CONSTRAINT payments_disputeloss_fact_id_key UNIQUE (fact_id);



ALTER TABLE ONLY public.payments_disputeloss
    ADD CONSTRAINT payments_disputeloss_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_linebooking
    ADD CONSTRAINT payments_linebooking_once UNIQUE (bank_line_id, number);



ALTER TABLE ONLY public.payments_linebooking
    ADD CONSTRAINT payments_linebooking_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_movement
    ADD CONSTRAINT payments_movement_once UNIQUE (provider, reference);



ALTER TABLE ONLY public.payments_movement
    ADD CONSTRAINT payments_movement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_operation
    ADD CONSTRAINT payments_operation_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_operation
    ADD CONSTRAINT payments_operation_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_operationattempt
    ADD CONSTRAINT payments_operationattempt_key_key UNIQUE (key);



ALTER TABLE ONLY public.payments_operationattempt
    ADD CONSTRAINT payments_operationattempt_once UNIQUE (operation_id, number);



ALTER TABLE ONLY public.payments_operationattempt
    ADD CONSTRAINT payments_operationattempt_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_orderfile
    ADD CONSTRAINT payments_orderfile_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_orderfile
    ADD CONSTRAINT payments_orderfile_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_orderstep
    ADD CONSTRAINT payments_orderstep_once UNIQUE (order_id, "position");



ALTER TABLE ONLY public.payments_orderstep
    ADD CONSTRAINT payments_orderstep_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_ownerrelease
    ADD CONSTRAINT payments_ownerrelease_once UNIQUE (invoice_id, number);



ALTER TABLE ONLY public.payments_ownerrelease
    ADD CONSTRAINT payments_ownerrelease_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_payeeaccount
    ADD CONSTRAINT payments_payeeaccount_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_payeeaccount
    ADD CONSTRAINT payments_payeeaccount_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_payeraccount
    ADD CONSTRAINT payments_payeraccount_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_payeraccount
    ADD CONSTRAINT payments_payeraccount_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_paymentorder
    ADD CONSTRAINT payments_paymentorder_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_paymentorder
    ADD CONSTRAINT payments_paymentorder_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_paymentrequest
    ADD CONSTRAINT payments_paymentrequest_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_paymentrequest
    ADD CONSTRAINT payments_paymentrequest_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_payoutitem
    ADD CONSTRAINT payments_payoutitem_once UNIQUE (order_id, line_id);



ALTER TABLE ONLY public.payments_payoutitem
    ADD CONSTRAINT payments_payoutitem_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_provideraccount
    ADD CONSTRAINT payments_provideraccount_once UNIQUE (organization_id, provider);



ALTER TABLE ONLY public.payments_provideraccount
    ADD CONSTRAINT payments_provideraccount_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_provideraccount
    ADD CONSTRAINT payments_provideraccount_reference UNIQUE (provider, reference);



ALTER TABLE ONLY public.payments_providerevent
    ADD CONSTRAINT payments_providerevent_once UNIQUE (provider, event_id);



ALTER TABLE ONLY public.payments_providerevent
    ADD CONSTRAINT payments_providerevent_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_providerfact
    ADD CONSTRAINT payments_providerfact_once UNIQUE (provider, key);



ALTER TABLE ONLY public.payments_providerfact
    ADD CONSTRAINT payments_providerfact_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_rebooking
    ADD CONSTRAINT payments_rebooking_booking_id_key UNIQUE (booking_id);



ALTER TABLE ONLY public.payments_rebooking
    ADD CONSTRAINT payments_rebooking_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_rebooking
    ADD CONSTRAINT payments_rebooking_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_bank_line_id_key UNIQUE (bank_line_id);



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_bill_id_key UNIQUE (bill_id);



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_fact_id_key UNIQUE (fact_id);



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexception_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexception_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_refund
    ADD CONSTRAINT payments_refund_order_id_key UNIQUE (order_id);



ALTER TABLE ONLY public.payments_refund
    ADD CONSTRAINT payments_refund_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_requestitem
    ADD CONSTRAINT payments_requestitem_once UNIQUE (request_id, invoice_id);



ALTER TABLE ONLY public.payments_requestitem
    ADD CONSTRAINT payments_requestitem_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_settlement
    ADD CONSTRAINT payments_settlement_once UNIQUE (provider, reference);



ALTER TABLE ONLY public.payments_settlement
    ADD CONSTRAINT payments_settlement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_settlement
    ADD CONSTRAINT payments_settlement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_statement
    ADD CONSTRAINT payments_statement_once UNIQUE (file_id, "position");



ALTER TABLE ONLY public.payments_statement
    ADD CONSTRAINT payments_statement_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_statement
    ADD CONSTRAINT payments_statement_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_statementdialect
    ADD CONSTRAINT payments_statementdialect_once UNIQUE (bank_account_id, version);



ALTER TABLE ONLY public.payments_statementdialect
    ADD CONSTRAINT payments_statementdialect_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_statementfile
    ADD CONSTRAINT payments_statementfile_once UNIQUE (bank_account_id, sha256);



ALTER TABLE ONLY public.payments_statementfile
    ADD CONSTRAINT payments_statementfile_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_statementfile
    ADD CONSTRAINT payments_statementfile_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_statementline
    ADD CONSTRAINT payments_statementline_once UNIQUE (statement_id, "position");



ALTER TABLE ONLY public.payments_statementline
    ADD CONSTRAINT payments_statementline_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_subaccount
    ADD CONSTRAINT payments_subaccount_lease_id_key UNIQUE (lease_id);



ALTER TABLE ONLY public.payments_subaccount
    ADD CONSTRAINT payments_subaccount_once UNIQUE (bank_account_id, number);



ALTER TABLE ONLY public.payments_subaccount
    ADD CONSTRAINT payments_subaccount_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_suggestion
    ADD CONSTRAINT payments_suggestion_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_suggestion
    ADD CONSTRAINT payments_suggestion_public_id_key UNIQUE (public_id);



ALTER TABLE ONLY public.payments_takeback
    ADD CONSTRAINT payments_takeback_operation_id_key UNIQUE (operation_id);



ALTER TABLE ONLY public.payments_takeback
    ADD CONSTRAINT payments_takeback_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.payments_takeback
    ADD CONSTRAINT payments_takeback_public_id_key UNIQUE (public_id);



CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);



CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);



CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);



CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);



CREATE INDEX billing_acc_unit_id_21ad08_idx ON public.billing_acceptance USING btree (unit_id, meter, id DESC);



CREATE INDEX billing_acceptance_by_id_3214b206 ON public.billing_acceptance USING btree (by_id);



CREATE INDEX billing_acceptance_device_id_e75975aa ON public.billing_acceptance USING btree (device_id);



CREATE INDEX billing_acceptance_organization_id_385a3711 ON public.billing_acceptance USING btree (organization_id);



CREATE INDEX billing_acceptance_public_id_5f75bb7f_like ON public.billing_acceptance USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_acceptance_unit_id_673bd561 ON public.billing_acceptance USING btree (unit_id);



CREATE INDEX billing_account_book_id_f58c3fe5 ON public.billing_account USING btree (book_id);



CREATE INDEX billing_account_lease_id_24670c17 ON public.billing_account USING btree (lease_id);



CREATE INDEX billing_account_party_id_9c579d00 ON public.billing_account USING btree (party_id);



CREATE INDEX billing_awardtax_lease_id_2a0e8575 ON public.billing_awardtax USING btree (lease_id);



CREATE INDEX billing_billingmode_set_by_id_8313070a ON public.billing_billingmode USING btree (set_by_id);



CREATE INDEX billing_billobjection_decided_by_id_a02ba6b0 ON public.billing_billobjection USING btree (decided_by_id);



CREATE INDEX billing_billobjection_invoice_id_c0a8ddec ON public.billing_billobjection USING btree (invoice_id);



CREATE INDEX billing_billobjection_lease_id_5f53a0fb ON public.billing_billobjection USING btree (lease_id);



CREATE UNIQUE INDEX billing_billobjection_one_open ON public.billing_billobjection USING btree (lease_id, period_start, seller_id, component, organization_id) WHERE ((outcome)::text = 'OPEN'::text);



CREATE INDEX billing_billobjection_organization_id_6d6274d1 ON public.billing_billobjection USING btree (organization_id);



CREATE INDEX billing_billobjection_public_id_65fb3c3f_like ON public.billing_billobjection USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_billobjection_raised_by_id_0951212d ON public.billing_billobjection USING btree (raised_by_id);



CREATE INDEX billing_billobjection_seller_id_ccab92c5 ON public.billing_billobjection USING btree (seller_id);



CREATE INDEX billing_billtelling_lease_id_8f81ff9a ON public.billing_billtelling USING btree (lease_id);



CREATE INDEX billing_billtelling_organization_id_96a697cf ON public.billing_billtelling USING btree (organization_id);



CREATE INDEX billing_billtelling_person_id_0b429e93 ON public.billing_billtelling USING btree (person_id);



CREATE INDEX billing_book_code_a71c0ceb_like ON public.billing_book USING btree (code varchar_pattern_ops);



CREATE UNIQUE INDEX billing_book_of_lessor ON public.billing_book USING btree (organization_id) WHERE ((kind)::text = 'LESSOR'::text);



CREATE INDEX billing_book_organization_id_d166a821 ON public.billing_book USING btree (organization_id);



CREATE INDEX billing_budget_lease_id_80c083fa ON public.billing_budget USING btree (lease_id);



CREATE UNIQUE INDEX billing_budget_one_a_side ON public.billing_budget USING btree (organization_id, side, lease_id) NULLS NOT DISTINCT WHERE (ended_at IS NULL);



CREATE INDEX billing_budget_organization_id_c4b40e29 ON public.billing_budget USING btree (organization_id);



CREATE INDEX billing_budget_public_id_5625801b_like ON public.billing_budget USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_budgetcrossing_budget_id_6c6f67e1 ON public.billing_budgetcrossing USING btree (budget_id);



CREATE INDEX billing_che_code_888be0_idx ON public.billing_checkresult USING btree (code, id DESC);



CREATE INDEX billing_che_seller__5ffbb0_idx ON public.billing_checkfinding USING btree (seller_id, id DESC);



CREATE INDEX billing_checkfinding_invoice_id_f0b94b29 ON public.billing_checkfinding USING btree (invoice_id);



CREATE INDEX billing_checkfinding_lease_id_284df9b4 ON public.billing_checkfinding USING btree (lease_id);



CREATE INDEX billing_checkfinding_public_id_1a2c9208_like ON public.billing_checkfinding USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_checkfinding_run_id_d407524e ON public.billing_checkfinding USING btree (run_id);



CREATE INDEX billing_checkfinding_seller_id_d64bc5ed ON public.billing_checkfinding USING btree (seller_id);



CREATE INDEX billing_checkfinding_solved_in_id_5edb50a2 ON public.billing_checkfinding USING btree (solved_in_id);



CREATE UNIQUE INDEX billing_checkfinding_stands_once ON public.billing_checkfinding USING btree (code, subject) WHERE (solved_at IS NULL);



CREATE INDEX billing_checkpoint_unit_id_7fd0ffd0 ON public.billing_checkpoint USING btree (unit_id);



CREATE INDEX billing_checkresult_run_id_0a2307b9 ON public.billing_checkresult USING btree (run_id);



CREATE INDEX billing_checkrun_public_id_bb38b6ff_like ON public.billing_checkrun USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_cor_lease_i_44520f_idx ON public.billing_correction USING btree (lease_id, period_start, id DESC);



CREATE INDEX billing_correctedday_after_id_1a997830 ON public.billing_correctedday USING btree (after_id);



CREATE INDEX billing_correctedday_before_id_ef1c6efe ON public.billing_correctedday USING btree (before_id);



CREATE INDEX billing_correctedday_correction_id_6a4c139c ON public.billing_correctedday USING btree (correction_id);



CREATE INDEX billing_correction_approved_by_id_3d73dfce ON public.billing_correction USING btree (approved_by_id);



CREATE INDEX billing_correction_approved_for_id_5be7fe96 ON public.billing_correction USING btree (approved_for_id);



CREATE INDEX billing_correction_booking_id_7fb60efa ON public.billing_correction USING btree (booking_id);



CREATE INDEX billing_correction_lease_id_64b1be07 ON public.billing_correction USING btree (lease_id);



CREATE UNIQUE INDEX billing_correction_one_waits ON public.billing_correction USING btree (lease_id, period_start) WHERE ((outcome)::text = 'WAITING'::text);



CREATE INDEX billing_correction_public_id_89c3829e_like ON public.billing_correction USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_dunninghold_buyer_id_074bc3de ON public.billing_dunninghold USING btree (buyer_id);



CREATE INDEX billing_dunninghold_ended_by_id_d54aa7c3 ON public.billing_dunninghold USING btree (ended_by_id);



CREATE INDEX billing_dunninghold_made_by_id_290b51e5 ON public.billing_dunninghold USING btree (made_by_id);



CREATE UNIQUE INDEX billing_dunninghold_one_open ON public.billing_dunninghold USING btree (seller_id, buyer_id) WHERE (ended_at IS NULL);



CREATE INDEX billing_dunninghold_public_id_ca8fa6c3_like ON public.billing_dunninghold USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_dunninghold_seller_id_aa30737e ON public.billing_dunninghold USING btree (seller_id);



CREATE INDEX billing_dunningitem_invoice_id_b6b3699d ON public.billing_dunningitem USING btree (invoice_id);



CREATE INDEX billing_dunningitem_letter_id_833440ca ON public.billing_dunningitem USING btree (letter_id);



CREATE INDEX billing_dunningletter_buyer_id_df747d4c ON public.billing_dunningletter USING btree (buyer_id);



CREATE INDEX billing_dunningletter_policy_id_cedc9694 ON public.billing_dunningletter USING btree (policy_id);



CREATE INDEX billing_dunningletter_public_id_d08dc05c_like ON public.billing_dunningletter USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_dunningletter_seller_id_fb75990b ON public.billing_dunningletter USING btree (seller_id);



CREATE INDEX billing_dunningpolicy_made_by_id_853fbf1f ON public.billing_dunningpolicy USING btree (made_by_id);



CREATE INDEX billing_dunningpolicy_public_id_4d4f1098_like ON public.billing_dunningpolicy USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_dunningpolicy_seller_id_bb352487 ON public.billing_dunningpolicy USING btree (seller_id);



CREATE INDEX billing_fun_fund_id_1a8f8a_idx ON public.billing_fundclaim USING btree (fund_id, status, id DESC);



CREATE INDEX billing_fun_owner_i_19e337_idx ON public.billing_fundclaim USING btree (owner_id, status, id DESC);



CREATE INDEX billing_fund_public_id_39b2fc54_like ON public.billing_fund USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_fundclaim_fund_id_b450bc00 ON public.billing_fundclaim USING btree (fund_id);



CREATE INDEX billing_fundclaim_invoice_id_20bf5bb1 ON public.billing_fundclaim USING btree (invoice_id);



CREATE INDEX billing_fundclaim_lessee_id_a5304f38 ON public.billing_fundclaim USING btree (lessee_id);



CREATE UNIQUE INDEX billing_fundclaim_one_lives ON public.billing_fundclaim USING btree (invoice_id) WHERE (NOT ((status)::text = ANY (ARRAY[('REJECTED'::character varying)::text, ('WITHDRAWN'::character varying)::text])));



CREATE INDEX billing_fundclaim_owner_id_8673dd85 ON public.billing_fundclaim USING btree (owner_id);



CREATE INDEX billing_fundclaim_public_id_eaf17b92_like ON public.billing_fundclaim USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_fundclaim_rules_id_4eccff9f ON public.billing_fundclaim USING btree (rules_id);



CREATE INDEX billing_fundclaimstep_claim_id_095d394b ON public.billing_fundclaimstep USING btree (claim_id);



CREATE INDEX billing_fundcontribution_fund_id_53fcb2fd ON public.billing_fundcontribution USING btree (fund_id);



CREATE INDEX billing_fundcontribution_public_id_6616c29a_like ON public.billing_fundcontribution USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_fundcontribution_rules_id_930a961d ON public.billing_fundcontribution USING btree (rules_id);



CREATE INDEX billing_fundmembership_fund_id_d5e90af2 ON public.billing_fundmembership USING btree (fund_id);



CREATE UNIQUE INDEX billing_fundmembership_one ON public.billing_fundmembership USING btree (owner_id) WHERE (left_at IS NULL);



CREATE INDEX billing_fundmembership_owner_id_4f822c99 ON public.billing_fundmembership USING btree (owner_id);



CREATE INDEX billing_fundrules_fund_id_244edc65 ON public.billing_fundrules USING btree (fund_id);



CREATE INDEX billing_fundrules_public_id_6cb520f5_like ON public.billing_fundrules USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_fundtransfer_claim_id_c289690f ON public.billing_fundtransfer USING btree (claim_id);



CREATE INDEX billing_fundtransfer_fund_id_b2395cc3 ON public.billing_fundtransfer USING btree (fund_id);



CREATE INDEX billing_fundtransfer_public_id_e8ae59a8_like ON public.billing_fundtransfer USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX billing_fundtransfer_reference ON public.billing_fundtransfer USING btree (fund_id, kind, reference) WHERE (NOT ((stage)::text = 'DROPPED'::text));



CREATE INDEX billing_ind_indicat_cd5ed3_idx ON public.billing_indicatorbaseline USING btree (indicator, industry, valid_from);



CREATE INDEX billing_indicatorbaseline_public_id_bb0e49ec_like ON public.billing_indicatorbaseline USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_ins_device__904cc1_idx ON public.billing_inspection USING btree (device_id, unit_id, meter, local_day, id DESC);



CREATE INDEX billing_inspection_by_id_4b6e0dd3 ON public.billing_inspection USING btree (by_id);



CREATE INDEX billing_inspection_device_id_bbbec653 ON public.billing_inspection USING btree (device_id);



CREATE INDEX billing_inspection_organization_id_70bc4f98 ON public.billing_inspection USING btree (organization_id);



CREATE INDEX billing_inspection_public_id_6f2cf6f1_like ON public.billing_inspection USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_inspection_unit_id_44dfae69 ON public.billing_inspection USING btree (unit_id);



CREATE INDEX billing_interestclaim_invoice_id_9cd59929 ON public.billing_interestclaim USING btree (invoice_id);



CREATE INDEX billing_interestclaim_made_by_id_08d41873 ON public.billing_interestclaim USING btree (made_by_id);



CREATE INDEX billing_interestclaim_terms_id_fe225d62 ON public.billing_interestclaim USING btree (terms_id);



CREATE INDEX billing_interestwaiver_granted_by_id_7cb21904 ON public.billing_interestwaiver USING btree (granted_by_id);



CREATE INDEX billing_interestwaiver_invoice_id_b5a67b85 ON public.billing_interestwaiver USING btree (invoice_id);



CREATE INDEX billing_interestwaiver_made_by_id_2147587d ON public.billing_interestwaiver USING btree (made_by_id);



CREATE UNIQUE INDEX billing_interestwaiver_one_waits ON public.billing_interestwaiver USING btree (invoice_id) WHERE ((state)::text = 'WAITING'::text);



CREATE INDEX billing_interestwaiver_public_id_8479d275_like ON public.billing_interestwaiver USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_inv_buyer_i_3bc713_idx ON public.billing_invoice USING btree (buyer_id, status, id DESC);



CREATE INDEX billing_inv_seller__a610b9_idx ON public.billing_invoice USING btree (seller_id, status, id DESC);



CREATE INDEX billing_invoice_booking_id_f2a6d21e ON public.billing_invoice USING btree (booking_id);



CREATE INDEX billing_invoice_buyer_id_dab13997 ON public.billing_invoice USING btree (buyer_id);



CREATE INDEX billing_invoice_correction_id_6ba78a85 ON public.billing_invoice USING btree (correction_id);



CREATE INDEX billing_invoice_corrects_id_8155d10c ON public.billing_invoice USING btree (corrects_id);



CREATE INDEX billing_invoice_lease_id_7220a767 ON public.billing_invoice USING btree (lease_id);



CREATE INDEX billing_invoice_number_b2bb8a8d_like ON public.billing_invoice USING btree (number varchar_pattern_ops);



CREATE UNIQUE INDEX billing_invoice_once ON public.billing_invoice USING btree (lease_id, period_start, seller_id, version) WHERE (NOT ((kind)::text = 'INTEREST'::text));



CREATE INDEX billing_invoice_public_id_8a558fc7_like ON public.billing_invoice USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_invoice_seller_id_e37fad1b ON public.billing_invoice USING btree (seller_id);



CREATE UNIQUE INDEX billing_invoice_slot_once ON public.billing_invoice USING btree (booking_id, seller_id, version) WHERE (NOT ((kind)::text = 'INTEREST'::text));



CREATE INDEX billing_invoiceline_invoice_id_ff507e12 ON public.billing_invoiceline USING btree (invoice_id);



CREATE INDEX billing_invoicelineusage_line_id_483bb62c ON public.billing_invoicelineusage USING btree (line_id);



CREATE INDEX billing_invoicelineusage_window_set_id_a3549608 ON public.billing_invoicelineusage USING btree (window_set_id);



CREATE INDEX billing_invoicerun_approver_id_94b5bd25 ON public.billing_invoicerun USING btree (approver_id);



CREATE INDEX billing_invoicerun_maker_id_2a5479b0 ON public.billing_invoicerun USING btree (maker_id);



CREATE UNIQUE INDEX billing_invoicerun_one_open ON public.billing_invoicerun USING btree (organization_id) WHERE ((state)::text = ANY (ARRAY[('APPROVED'::character varying)::text, ('PREVIEWED'::character varying)::text, ('PREVIEWING'::character varying)::text, ('RUNNING'::character varying)::text]));



CREATE INDEX billing_invoicerun_organization_id_280b1998 ON public.billing_invoicerun USING btree (organization_id);



CREATE INDEX billing_invoicerun_public_id_22ee67ef_like ON public.billing_invoicerun USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_jou_book_id_287c35_idx ON public.billing_journal USING btree (book_id, effective_date, id);



CREATE INDEX billing_jou_book_id_896a92_idx ON public.billing_journal USING btree (book_id, posted_at, id);



CREATE INDEX billing_jou_source__ffc0c2_idx ON public.billing_journal USING btree (source_type, source_id);



CREATE INDEX billing_journal_book_id_4fc569b5 ON public.billing_journal USING btree (book_id);



CREATE INDEX billing_journal_public_id_79aeae0d_like ON public.billing_journal USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_journalline_journal_id_c8b95477 ON public.billing_journalline USING btree (journal_id);



CREATE INDEX billing_lateterms_made_by_id_3e07ea56 ON public.billing_lateterms USING btree (made_by_id);



CREATE INDEX billing_lateterms_public_id_11a72046_like ON public.billing_lateterms USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_lateterms_seller_id_3d71bb11 ON public.billing_lateterms USING btree (seller_id);



CREATE INDEX billing_lin_state_989f4b_idx ON public.billing_linemediation USING btree (state, due_at);



CREATE INDEX billing_line_balance ON public.billing_journalline USING btree (account_id, effective_date) INCLUDE (posted_at, amount_minor);



CREATE INDEX billing_line_invoice ON public.billing_journalline USING btree (invoice_id) WHERE (invoice_id IS NOT NULL);



CREATE INDEX billing_line_party ON public.billing_journalline USING btree (party_id, account_id, effective_date) WHERE (party_id IS NOT NULL);



CREATE INDEX billing_linedispute_decided_by_id_97a74ce1 ON public.billing_linedispute USING btree (decided_by_id);



CREATE INDEX billing_linedispute_line_id_201d79c4 ON public.billing_linedispute USING btree (line_id);



CREATE INDEX billing_linedispute_objection_id_5e79d6ca ON public.billing_linedispute USING btree (objection_id);



CREATE UNIQUE INDEX billing_linedispute_one_open ON public.billing_linedispute USING btree (line_id) WHERE ((outcome)::text = 'OPEN'::text);



CREATE INDEX billing_linedispute_public_id_687ce197_like ON public.billing_linedispute USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_linedispute_raised_by_id_c1ea208f ON public.billing_linedispute USING btree (raised_by_id);



CREATE INDEX billing_linemediation_public_id_f46399c8_like ON public.billing_linemediation USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_loa_lender__618800_idx ON public.billing_loanapplication USING btree (lender_id, status, id DESC);



CREATE INDEX billing_loa_lessee__c4e8d8_idx ON public.billing_loanapplication USING btree (lessee_id, status, id DESC);



CREATE INDEX billing_loanapplication_lease_id_591b505e ON public.billing_loanapplication USING btree (lease_id);



CREATE INDEX billing_loanapplication_lender_id_8d487ae2 ON public.billing_loanapplication USING btree (lender_id);



CREATE INDEX billing_loanapplication_lessee_id_f105394c ON public.billing_loanapplication USING btree (lessee_id);



CREATE UNIQUE INDEX billing_loanapplication_one_open ON public.billing_loanapplication USING btree (lease_id, product_id) WHERE ((status)::text = ANY (ARRAY[('APPLIED'::character varying)::text, ('OFFERED'::character varying)::text, ('ACCEPTED'::character varying)::text]));



CREATE INDEX billing_loanapplication_product_id_412c5116 ON public.billing_loanapplication USING btree (product_id);



CREATE INDEX billing_loanapplication_public_id_5787b26b_like ON public.billing_loanapplication USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_loaninstalment_offer_id_8f295d5e ON public.billing_loaninstalment USING btree (offer_id);



CREATE INDEX billing_loanlicence_organization_id_f6c34090 ON public.billing_loanlicence USING btree (organization_id);



CREATE INDEX billing_loanlicence_public_id_06e4f259_like ON public.billing_loanlicence USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_loanoffer_application_id_25d181a7 ON public.billing_loanoffer USING btree (application_id);



CREATE INDEX billing_loanpayment_application_id_a416cd2d ON public.billing_loanpayment USING btree (application_id);



CREATE INDEX billing_loanproduct_lender_id_7f58a861 ON public.billing_loanproduct USING btree (lender_id);



CREATE INDEX billing_loanproduct_public_id_13afb551_like ON public.billing_loanproduct USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_loanstep_application_id_031d4896 ON public.billing_loanstep USING btree (application_id);



CREATE INDEX billing_mediationstep_mediation_id_a6223533 ON public.billing_mediationstep USING btree (mediation_id);



CREATE INDEX billing_met_device__3aed0b_idx ON public.billing_meteringplan USING btree (device_id, unit_id, made_at DESC);



CREATE INDEX billing_met_rules_9a485e_idx ON public.billing_meteringplan USING btree (rules, made_at);



CREATE INDEX billing_meteringplan_device_id_ef892f57 ON public.billing_meteringplan USING btree (device_id);



CREATE INDEX billing_meteringplan_unit_id_bc9139d7 ON public.billing_meteringplan USING btree (unit_id);



CREATE INDEX billing_numbersequence_seller_id_78658f8f ON public.billing_numbersequence USING btree (seller_id);



CREATE INDEX billing_paymentpromise_invoice_id_1065b9ef ON public.billing_paymentpromise USING btree (invoice_id);



CREATE INDEX billing_paymentpromise_made_by_id_241e0a62 ON public.billing_paymentpromise USING btree (made_by_id);



CREATE INDEX billing_per_book_id_9fa6cd_idx ON public.billing_periodlock USING btree (book_id, level, id DESC);



CREATE INDEX billing_periodlock_book_id_e5742dd2 ON public.billing_periodlock USING btree (book_id);



CREATE INDEX billing_periodunlock_book_id_81924a7b ON public.billing_periodunlock USING btree (book_id);



CREATE INDEX billing_periodunlock_public_id_5b720c7f_like ON public.billing_periodunlock USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_red_awaiting ON public.billing_redletter USING btree (lapses_at) WHERE ((state)::text = 'AWAITING'::text);



CREATE INDEX billing_redletter_applicant_id_9ae49ac4 ON public.billing_redletter USING btree (applicant_id);



CREATE INDEX billing_redletter_blue_id_5451e284 ON public.billing_redletter USING btree (blue_id);



CREATE INDEX billing_redletter_note_id_d511b6bb ON public.billing_redletter USING btree (note_id);



CREATE UNIQUE INDEX billing_redletter_number_once ON public.billing_redletter USING btree (number) WHERE ((state)::text = ANY (ARRAY[('AWAITING'::character varying)::text, ('CONFIRMED'::character varying)::text, ('ISSUED'::character varying)::text]));



CREATE UNIQUE INDEX billing_redletter_one_open ON public.billing_redletter USING btree (note_id, blue_id) WHERE ((state)::text = ANY (ARRAY[('AWAITING'::character varying)::text, ('CONFIRMED'::character varying)::text, ('ISSUED'::character varying)::text]));



CREATE INDEX billing_redletter_public_id_04f7af5f_like ON public.billing_redletter USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_redlettermove_letter_id_5e4a7e7e ON public.billing_redlettermove USING btree (letter_id);



CREATE INDEX billing_redlettermove_organization_id_26fef8d8 ON public.billing_redlettermove USING btree (organization_id);



CREATE INDEX billing_rev_outcome_ab24a0_idx ON public.billing_reviewitem USING btree (outcome, deadline);



CREATE INDEX billing_reviewdecision_by_id_fd9a5979 ON public.billing_reviewdecision USING btree (by_id);



CREATE INDEX billing_reviewdecision_item_id_1eddabbd ON public.billing_reviewdecision USING btree (item_id);



CREATE INDEX billing_reviewitem_device_id_f21484e2 ON public.billing_reviewitem USING btree (device_id);



CREATE INDEX billing_reviewitem_opened_with_id_32ce58b5 ON public.billing_reviewitem USING btree (opened_with_id);



CREATE INDEX billing_reviewitem_public_id_6ceee85f_like ON public.billing_reviewitem USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_reviewitem_unit_id_7260d248 ON public.billing_reviewitem USING btree (unit_id);



CREATE INDEX billing_run_run_id_38f986_idx ON public.billing_runitem USING btree (run_id, state, lease_id);



CREATE INDEX billing_runitem_booking_id_90d5031f ON public.billing_runitem USING btree (booking_id);



CREATE INDEX billing_runitem_lease_id_23482007 ON public.billing_runitem USING btree (lease_id);



CREATE INDEX billing_runitem_left_out_by_id_04989cb6 ON public.billing_runitem USING btree (left_out_by_id);



CREATE INDEX billing_runitem_public_id_2499c0ee_like ON public.billing_runitem USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_runitem_run_id_5a54a0a5 ON public.billing_runitem USING btree (run_id);



CREATE INDEX billing_runpart_item_id_792afb96 ON public.billing_runpart USING btree (item_id);



CREATE INDEX billing_runpart_seller_id_f86cb006 ON public.billing_runpart USING btree (seller_id);



CREATE INDEX billing_sub_program_5b868b_idx ON public.billing_subsidygrant USING btree (programme_id, lessee_id, year);



CREATE INDEX billing_subsidyadmission_lessee_id_824a4259 ON public.billing_subsidyadmission USING btree (lessee_id);



CREATE UNIQUE INDEX billing_subsidyadmission_one ON public.billing_subsidyadmission USING btree (programme_id, lessee_id) WHERE (ended_on IS NULL);



CREATE INDEX billing_subsidyadmission_programme_id_66520aa4 ON public.billing_subsidyadmission USING btree (programme_id);



CREATE INDEX billing_subsidyadmission_public_id_9e101184_like ON public.billing_subsidyadmission USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_subsidybudget_programme_id_54df136f ON public.billing_subsidybudget USING btree (programme_id);



CREATE INDEX billing_subsidygrant_first_id_9ec8f241 ON public.billing_subsidygrant USING btree (first_id);



CREATE INDEX billing_subsidygrant_lessee_id_9c08f489 ON public.billing_subsidygrant USING btree (lessee_id);



CREATE INDEX billing_subsidygrant_programme_id_c262bdf5 ON public.billing_subsidygrant USING btree (programme_id);



CREATE INDEX billing_subsidygrant_public_id_0e235af0_like ON public.billing_subsidygrant USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_subsidygrant_rules_id_7853c79c ON public.billing_subsidygrant USING btree (rules_id);



CREATE INDEX billing_subsidyitem_grant_id_4020e1b0 ON public.billing_subsidyitem USING btree (grant_id);



CREATE UNIQUE INDEX billing_subsidyitem_once ON public.billing_subsidyitem USING btree (grant_id) WHERE stands;



CREATE INDEX billing_subsidyitem_public_id_8cd5ff9c_like ON public.billing_subsidyitem USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_subsidyitem_settlement_id_9c50ecfe ON public.billing_subsidyitem USING btree (settlement_id);



CREATE INDEX billing_subsidyprogramme_authority_id_7ee95d9e ON public.billing_subsidyprogramme USING btree (authority_id);



CREATE INDEX billing_subsidyprogramme_operator_id_1889e8aa ON public.billing_subsidyprogramme USING btree (operator_id);



CREATE INDEX billing_subsidyprogramme_public_id_68c42372_like ON public.billing_subsidyprogramme USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_subsidyrules_programme_id_b61468ef ON public.billing_subsidyrules USING btree (programme_id);



CREATE INDEX billing_subsidyrules_public_id_874fa32b_like ON public.billing_subsidyrules USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX billing_subsidysettlement_one_lives ON public.billing_subsidysettlement USING btree (programme_id, month) WHERE (NOT ((status)::text = 'DROPPED'::text));



CREATE INDEX billing_subsidysettlement_programme_id_e032b5de ON public.billing_subsidysettlement USING btree (programme_id);



CREATE INDEX billing_subsidysettlement_public_id_f279dda4_like ON public.billing_subsidysettlement USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_subsidystep_settlement_id_f044aa62 ON public.billing_subsidystep USING btree (settlement_id);



CREATE UNIQUE INDEX billing_syntheticcontract_only_one ON public.billing_syntheticcontract USING btree ((1));



CREATE INDEX billing_syntheticcontract_public_id_f3b22731_like ON public.billing_syntheticcontract USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_tape_book_id_6632b4db ON public.billing_tape USING btree (book_id);



CREATE INDEX billing_tape_public_id_4aa8860e_like ON public.billing_tape USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_tape_seller_id_57c2b714 ON public.billing_tape USING btree (seller_id);



CREATE INDEX billing_taxdocument_tax_invoice_id_7951cdbf ON public.billing_taxdocument USING btree (tax_invoice_id);



CREATE INDEX billing_taxinvoice_invoice_id_0f06cd86 ON public.billing_taxinvoice USING btree (invoice_id);



CREATE UNIQUE INDEX billing_taxinvoice_number_once ON public.billing_taxinvoice USING btree (number) WHERE (withdrawn_at IS NULL);



CREATE UNIQUE INDEX billing_taxinvoice_one_red_stands ON public.billing_taxinvoice USING btree (red_letter_id) WHERE ((red_letter_id IS NOT NULL) AND (withdrawn_at IS NULL));



CREATE UNIQUE INDEX billing_taxinvoice_one_stands ON public.billing_taxinvoice USING btree (invoice_id) WHERE ((red_letter_id IS NULL) AND (withdrawn_at IS NULL));



CREATE INDEX billing_taxinvoice_organization_id_e8602d20 ON public.billing_taxinvoice USING btree (organization_id);



CREATE INDEX billing_taxinvoice_public_id_59e8c0c5_like ON public.billing_taxinvoice USING btree (public_id varchar_pattern_ops);



CREATE INDEX billing_taxinvoice_red_letter_id_e4822d9b ON public.billing_taxinvoice USING btree (red_letter_id);



CREATE INDEX billing_taxinvoiceuse_organization_id_610150c3 ON public.billing_taxinvoiceuse USING btree (organization_id);



CREATE INDEX billing_taxinvoiceuse_tax_invoice_id_b98d32ed ON public.billing_taxinvoiceuse USING btree (tax_invoice_id);



CREATE INDEX billing_usagewindow_device_id_0e59a595 ON public.billing_usagewindow USING btree (device_id);



CREATE INDEX billing_usagewindow_set_id_e8427a62 ON public.billing_usagewindow USING btree (set_id);



CREATE INDEX billing_watermark_device_id_157ad86b ON public.billing_watermark USING btree (device_id);



CREATE INDEX billing_watermark_unit_id_a4729c07 ON public.billing_watermark USING btree (unit_id);



CREATE INDEX billing_win_unit_id_9c5d1f_idx ON public.billing_windowset USING btree (unit_id, meter, local_day, version DESC);



CREATE INDEX billing_windowset_device_id_cb7b3be4 ON public.billing_windowset USING btree (device_id);



CREATE INDEX billing_windowset_made ON public.billing_windowset USING brin (created_at);



CREATE INDEX billing_windowset_unit_id_9e055313 ON public.billing_windowset USING btree (unit_id);



CREATE INDEX devices_archive_sequences_idx ON ONLY public.devices_archive USING btree (device_id, epoch_number, sequence_hi, sequence_lo);



CREATE INDEX devices_archive_rest_device_id_epoch_number_sequence_hi_seq_idx ON public.devices_archive_rest USING btree (device_id, epoch_number, sequence_hi, sequence_lo);



CREATE INDEX devices_binding_device_id_35467af6 ON public.devices_binding USING btree (device_id);



CREATE INDEX devices_binding_equipment_id_1521cc5a ON public.devices_binding USING btree (equipment_id);



CREATE INDEX devices_binding_public_id_1c24c84f_like ON public.devices_binding USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_block_sequences_idx ON ONLY public.devices_block USING btree (device_id, epoch_number, sequence_hi, sequence_lo);



CREATE INDEX devices_block_rest_device_id_epoch_number_sequence_hi_seque_idx ON public.devices_block_rest USING btree (device_id, epoch_number, sequence_hi, sequence_lo);



CREATE INDEX devices_channel_device_id_fa12b113 ON public.devices_channel USING btree (device_id);



CREATE INDEX devices_cla_prefix_9ba8bc_idx ON public.devices_claimcode USING btree (prefix);



CREATE INDEX devices_claimcode_code_hash_fc5e0adf_like ON public.devices_claimcode USING btree (code_hash varchar_pattern_ops);



CREATE INDEX devices_claimcode_device_id_a0071b8e ON public.devices_claimcode USING btree (device_id);



CREATE UNIQUE INDEX devices_claimcode_one_open ON public.devices_claimcode USING btree (device_id) WHERE ((replaced_at IS NULL) AND (used_at IS NULL));



CREATE INDEX devices_claimcode_public_id_630328ed_like ON public.devices_claimcode USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_countersignature_head_id_8007763b ON public.devices_countersignature USING btree (head_id);



CREATE INDEX devices_countersignature_key_id_d9d6bddf ON public.devices_countersignature USING btree (key_id);



CREATE INDEX devices_daysignature_device_id_70ef1dac ON public.devices_daysignature USING btree (device_id);



CREATE INDEX devices_daysignature_key_id_ca098461 ON public.devices_daysignature USING btree (key_id);



CREATE INDEX devices_device_code_09976111_like ON public.devices_device USING btree (code varchar_pattern_ops);



CREATE INDEX devices_device_owner_id_bf771b03 ON public.devices_device USING btree (owner_id);



CREATE INDEX devices_device_public_id_999317c1_like ON public.devices_device USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_devicekey_device_id_ed66f685 ON public.devices_devicekey USING btree (device_id);



CREATE INDEX devices_devicekey_identifier_05161c10_like ON public.devices_devicekey USING btree (identifier varchar_pattern_ops);



CREATE INDEX devices_devicekey_public_id_a0c3fe9c_like ON public.devices_devicekey USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_devicekey_replaces_id_c0ac21be ON public.devices_devicekey USING btree (replaces_id);



CREATE INDEX devices_devicesigningkey_device_id_dde1a1f5 ON public.devices_devicesigningkey USING btree (device_id);



CREATE INDEX devices_devicesigningkey_public_id_23a4ffa3_like ON public.devices_devicesigningkey USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_epoch_device_id_6e7083d3 ON public.devices_epoch USING btree (device_id);



CREATE INDEX devices_era_device__5ed456_idx ON public.devices_erasedrun USING btree (device_id, first);



CREATE INDEX devices_era_referen_6e2559_idx ON public.devices_erasure USING btree (reference);



CREATE INDEX devices_erasedrun_erasure_id_42a6bb94 ON public.devices_erasedrun USING btree (erasure_id);



CREATE INDEX devices_erasure_device_id_ed1eb507 ON public.devices_erasure USING btree (device_id);



CREATE INDEX devices_erasure_public_id_c43ef43c_like ON public.devices_erasure USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_gap_device_id_4f0f11a6 ON public.devices_gap USING btree (device_id);



CREATE INDEX devices_gap_epoch_id_73b0c27e ON public.devices_gap USING btree (epoch_id);



CREATE INDEX devices_loghead_key_id_10ef3304 ON public.devices_loghead USING btree (key_id);



CREATE INDEX devices_loghead_key_id_10ef3304_like ON public.devices_loghead USING btree (key_id varchar_pattern_ops);



CREATE INDEX devices_logkey_key_id_830b02fa_like ON public.devices_logkey USING btree (key_id varchar_pattern_ops);



CREATE INDEX devices_meterchange_channel_id_87215118 ON public.devices_meterchange USING btree (channel_id);



CREATE INDEX devices_meterchange_device_id_8fb80bf3 ON public.devices_meterchange USING btree (device_id);



CREATE INDEX devices_meterchange_public_id_dd0b5f8c_like ON public.devices_meterchange USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_quarantined_device_id_666c2971 ON public.devices_quarantined USING btree (device_id);



CREATE INDEX devices_quarantined_public_id_3d2ee056_like ON public.devices_quarantined USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_replaysource_device_id_15e6a47e ON public.devices_replaysource USING btree (device_id);



CREATE INDEX devices_signingkey_organization_id_3bbc53e3 ON public.devices_signingkey USING btree (organization_id);



CREATE INDEX devices_signingkey_public_id_102110a6_like ON public.devices_signingkey USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_silence_device_id_0f847452 ON public.devices_silence USING btree (device_id);



CREATE UNIQUE INDEX devices_silence_one_open ON public.devices_silence USING btree (device_id) WHERE (ended_at IS NULL);



CREATE INDEX devices_silence_public_id_66198c50_like ON public.devices_silence USING btree (public_id varchar_pattern_ops);



CREATE INDEX devices_statecode_device_id_e2603daa ON public.devices_statecode USING btree (device_id);



CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);



CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);



CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);



CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);



CREATE INDEX leasing_ann_state_8e4f6c_idx ON public.leasing_annex USING btree (state, valid_until);



CREATE INDEX leasing_annex_lease_id_ff897dfd ON public.leasing_annex USING btree (lease_id);



CREATE INDEX leasing_annex_notice_id_f0a480da ON public.leasing_annex USING btree (notice_id);



CREATE INDEX leasing_annex_public_id_e6215d44_like ON public.leasing_annex USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_annexapproval_annex_id_d474fa15 ON public.leasing_annexapproval USING btree (annex_id);



CREATE INDEX leasing_atrisk_claim_id_aaec2719 ON public.leasing_atrisk USING btree (claim_id);



CREATE UNIQUE INDEX leasing_atrisk_once ON public.leasing_atrisk USING btree (claim_id) WHERE (resolved_at IS NULL);



CREATE INDEX leasing_atrisk_public_id_5ccacd17_like ON public.leasing_atrisk USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_atrisk_unit_id_3512d55a ON public.leasing_atrisk USING btree (unit_id);



CREATE INDEX leasing_calendarfeed_identifier_b28c5d1a_like ON public.leasing_calendarfeed USING btree (identifier varchar_pattern_ops);



CREATE INDEX leasing_calendarfeed_organization_id_caf70c54 ON public.leasing_calendarfeed USING btree (organization_id);



CREATE INDEX leasing_calendarfeed_public_id_ac25aad1_like ON public.leasing_calendarfeed USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_calendarfeed_user_id_d5575780 ON public.leasing_calendarfeed USING btree (user_id);



CREATE INDEX leasing_commissionproposal_category_id_e7575d94 ON public.leasing_commissionproposal USING btree (category_id);



CREATE UNIQUE INDEX leasing_commissionproposal_one_waits ON public.leasing_commissionproposal USING btree (scope, category_id, owner_id) NULLS NOT DISTINCT WHERE ((state)::text = 'PROPOSED'::text);



CREATE INDEX leasing_commissionproposal_owner_id_aebd8af5 ON public.leasing_commissionproposal USING btree (owner_id);



CREATE INDEX leasing_commissionproposal_public_id_07d81e67_like ON public.leasing_commissionproposal USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_commissionrate_category_id_af016032 ON public.leasing_commissionrate USING btree (category_id);



CREATE INDEX leasing_commissionrate_owner_id_ce5a30d4 ON public.leasing_commissionrate USING btree (owner_id);



CREATE INDEX leasing_commissionrate_public_id_961228e2_like ON public.leasing_commissionrate USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_conditionrecord_lease_id_ce1c0598 ON public.leasing_conditionrecord USING btree (lease_id);



CREATE INDEX leasing_conditionrecord_public_id_1be836b8_like ON public.leasing_conditionrecord USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_conditionrecord_unit_id_fccfefda ON public.leasing_conditionrecord USING btree (unit_id);



CREATE INDEX leasing_contract_digest_24770a01_like ON public.leasing_contract USING btree (digest varchar_pattern_ops);



CREATE INDEX leasing_contract_public_id_495abcf5_like ON public.leasing_contract USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_cre_lessor__67e907_idx ON public.leasing_creditlimit USING btree (lessor_id, lessee_id, id DESC);



CREATE INDEX leasing_creditlimit_lessee_id_79b2801d ON public.leasing_creditlimit USING btree (lessee_id);



CREATE INDEX leasing_creditlimit_lessor_id_e2cee919 ON public.leasing_creditlimit USING btree (lessor_id);



CREATE INDEX leasing_creditlimit_public_id_e8968ac5_like ON public.leasing_creditlimit USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_damageclaim_lease_id_08cdde26 ON public.leasing_damageclaim USING btree (lease_id);



CREATE INDEX leasing_damageclaim_public_id_072e5bf0_like ON public.leasing_damageclaim USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_damageclaim_unit_id_0f53c1e3 ON public.leasing_damageclaim USING btree (unit_id);



CREATE INDEX leasing_damageword_claim_id_03521036 ON public.leasing_damageword USING btree (claim_id);



CREATE INDEX leasing_defaultnotice_lease_id_faceba55 ON public.leasing_defaultnotice USING btree (lease_id);



CREATE UNIQUE INDEX leasing_defaultnotice_one_open ON public.leasing_defaultnotice USING btree (lease_id, side) WHERE (cured_at IS NULL);



CREATE INDEX leasing_defaultnotice_public_id_be1382ce_like ON public.leasing_defaultnotice USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_deposit_public_id_3f9e1641_like ON public.leasing_deposit USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_depositmovement_deposit_id_51d8ff60 ON public.leasing_depositmovement USING btree (deposit_id);



CREATE INDEX leasing_depositorder_deposit_id_d50be1b5 ON public.leasing_depositorder USING btree (deposit_id);



CREATE INDEX leasing_depositorder_public_id_ac7eb073_like ON public.leasing_depositorder USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_dow_lease_i_0f59eb_idx ON public.leasing_downtimecredit USING btree (lease_id, starts_at);



CREATE INDEX leasing_downtimecredit_lease_id_bc358ab3 ON public.leasing_downtimecredit USING btree (lease_id);



CREATE INDEX leasing_downtimecredit_public_id_3e6739f7_like ON public.leasing_downtimecredit USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_downtimecredit_ticket_id_687226e4 ON public.leasing_downtimecredit USING btree (ticket_id);



CREATE INDEX leasing_downtimecredit_unit_id_e6ceff52 ON public.leasing_downtimecredit USING btree (unit_id);



CREATE INDEX leasing_financeinstalment_finance_id_e52b4c22 ON public.leasing_financeinstalment USING btree (finance_id);



CREATE INDEX leasing_financelease_licence_id_e53debe7 ON public.leasing_financelease USING btree (licence_id);



CREATE INDEX leasing_financelicence_organization_id_9f1765c8 ON public.leasing_financelicence USING btree (organization_id);



CREATE INDEX leasing_financelicence_public_id_a2f3e8f6_like ON public.leasing_financelicence USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_financeregistration_finance_id_57b9c227 ON public.leasing_financeregistration USING btree (finance_id);



CREATE INDEX leasing_financeregistration_public_id_392a8e44_like ON public.leasing_financeregistration USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_hea_equipme_231a7f_idx ON public.leasing_healthwarning USING btree (equipment_id, day DESC);



CREATE INDEX leasing_healthwarning_channel_id_a176b076 ON public.leasing_healthwarning USING btree (channel_id);



CREATE INDEX leasing_healthwarning_device_id_37e09ff6 ON public.leasing_healthwarning USING btree (device_id);



CREATE INDEX leasing_healthwarning_equipment_id_b5e25217 ON public.leasing_healthwarning USING btree (equipment_id);



CREATE UNIQUE INDEX leasing_healthwarning_once ON public.leasing_healthwarning USING btree (device_id, kind, day) WHERE (channel_id IS NULL);



CREATE UNIQUE INDEX leasing_healthwarning_once_a_channel ON public.leasing_healthwarning USING btree (channel_id, kind, day) WHERE (channel_id IS NOT NULL);



CREATE INDEX leasing_healthwarning_public_id_ac04b0a8_like ON public.leasing_healthwarning USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_ins_ends_at_32d182_idx ON public.leasing_insurancepolicy USING btree (ends_at);



CREATE INDEX leasing_ins_equipme_0954f4_idx ON public.leasing_insurancepolicy USING btree (equipment_id, ends_at DESC);



CREATE INDEX leasing_insurancepolicy_equipment_id_512bdb22 ON public.leasing_insurancepolicy USING btree (equipment_id);



CREATE INDEX leasing_insurancepolicy_lease_id_e6135b3d ON public.leasing_insurancepolicy USING btree (lease_id);



CREATE INDEX leasing_insurancepolicy_organization_id_29105633 ON public.leasing_insurancepolicy USING btree (organization_id);



CREATE INDEX leasing_insurancepolicy_public_id_261f10ff_like ON public.leasing_insurancepolicy USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_lea_contrac_d4f208_idx ON public.leasing_leasecommission USING btree (contracted_at);



CREATE INDEX leasing_lea_lessee__99c1ca_idx ON public.leasing_lease USING btree (lessee_id, status, id DESC);



CREATE INDEX leasing_lea_lessor__9c9ede_idx ON public.leasing_lease USING btree (lessor_id, status, id DESC);



CREATE INDEX leasing_lea_status_4f3b25_idx ON public.leasing_lease USING btree (status, ends_at);



CREATE INDEX leasing_lease_lessee_id_486594f6 ON public.leasing_lease USING btree (lessee_id);



CREATE INDEX leasing_lease_lessor_id_453aafc1 ON public.leasing_lease USING btree (lessor_id);



CREATE INDEX leasing_lease_listing_id_bbfc2f11 ON public.leasing_lease USING btree (listing_id);



CREATE INDEX leasing_lease_number_f46d1dae_like ON public.leasing_lease USING btree (number varchar_pattern_ops);



CREATE INDEX leasing_lease_public_id_2ee4db22_like ON public.leasing_lease USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_leasecommission_source_id_d6d6608c ON public.leasing_leasecommission USING btree (source_id);



CREATE INDEX leasing_leaseunit_equipment_id_7e8cb544 ON public.leasing_leaseunit USING btree (equipment_id);



CREATE INDEX leasing_leaseunit_lease_id_90e448ad ON public.leasing_leaseunit USING btree (lease_id);



CREATE INDEX leasing_leaseunit_not_ready ON public.leasing_leaseunit USING btree (equipment_id) WHERE ((state)::text = ANY (ARRAY[('IN_INSPECTION'::character varying)::text, ('IN_REPAIR'::character varying)::text, ('RETURNED'::character varying)::text]));



CREATE INDEX leasing_leaseunit_public_id_7ed163a8_like ON public.leasing_leaseunit USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_leaseunit_standing ON public.leasing_leaseunit USING btree (active_to) WHERE ((state)::text = 'STOPPED'::text);



CREATE INDEX leasing_mai_equipme_2e55ba_idx ON public.leasing_maintenanceticket USING btree (equipment_id, status);



CREATE INDEX leasing_maintenancemeter_binding_id_70c2305f ON public.leasing_maintenancemeter USING btree (binding_id);



CREATE INDEX leasing_maintenancemeter_equipment_id_a67571bd ON public.leasing_maintenancemeter USING btree (equipment_id);



CREATE INDEX leasing_maintenancemeter_rule_id_3e7f7052 ON public.leasing_maintenancemeter USING btree (rule_id);



CREATE INDEX leasing_maintenancerule_category_id_7cede71c ON public.leasing_maintenancerule USING btree (category_id);



CREATE INDEX leasing_maintenancerule_equipment_id_ae80e45d ON public.leasing_maintenancerule USING btree (equipment_id);



CREATE INDEX leasing_maintenancerule_owner_id_208a57cc ON public.leasing_maintenancerule USING btree (owner_id);



CREATE INDEX leasing_maintenancerule_public_id_53c6bde4_like ON public.leasing_maintenancerule USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_maintenanceticket_equipment_id_6c5f4774 ON public.leasing_maintenanceticket USING btree (equipment_id);



CREATE INDEX leasing_maintenanceticket_lease_id_69b2aa4f ON public.leasing_maintenanceticket USING btree (lease_id);



CREATE UNIQUE INDEX leasing_maintenanceticket_one_open ON public.leasing_maintenanceticket USING btree (rule_id, equipment_id) WHERE (NOT ((status)::text = ANY (ARRAY[('DONE'::character varying)::text, ('WITHDRAWN'::character varying)::text])));



CREATE INDEX leasing_maintenanceticket_proposed_by_id_8b57c2bf ON public.leasing_maintenanceticket USING btree (proposed_by_id);



CREATE INDEX leasing_maintenanceticket_public_id_c7169dfb_like ON public.leasing_maintenanceticket USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_maintenanceticket_rule_id_38841c35 ON public.leasing_maintenanceticket USING btree (rule_id);



CREATE INDEX leasing_offer_claim_id_2dcb6f6c ON public.leasing_offer USING btree (claim_id);



CREATE INDEX leasing_offer_lease_id_11800b7d ON public.leasing_offer USING btree (lease_id);



CREATE UNIQUE INDEX leasing_overdue_once ON public.leasing_overdue USING btree (unit_id) WHERE (until IS NULL);



CREATE INDEX leasing_overdue_public_id_31c34654_like ON public.leasing_overdue USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_overdue_unit_id_b73fda58 ON public.leasing_overdue USING btree (unit_id);



CREATE INDEX leasing_photo_lease_id_44916928 ON public.leasing_photo USING btree (lease_id);



CREATE INDEX leasing_photo_public_id_156375aa_like ON public.leasing_photo USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_planacceptance_organization_id_1499910e ON public.leasing_planacceptance USING btree (organization_id);



CREATE INDEX leasing_planacceptance_public_id_b347ca41_like ON public.leasing_planacceptance USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_planacceptedannex_acceptance_id_46a066a1 ON public.leasing_planacceptedannex USING btree (acceptance_id);



CREATE INDEX leasing_planacceptedlease_acceptance_id_14974fc8 ON public.leasing_planacceptedlease USING btree (acceptance_id);



CREATE INDEX leasing_pro_organiz_24426a_idx ON public.leasing_productionorder USING btree (organization_id, state, due_before);



CREATE INDEX leasing_productionorder_category_id_a192525d ON public.leasing_productionorder USING btree (category_id);



CREATE INDEX leasing_productionorder_organization_id_ec900f26 ON public.leasing_productionorder USING btree (organization_id);



CREATE INDEX leasing_productionorder_public_id_cb30083b_like ON public.leasing_productionorder USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_rat_about_i_4f3079_idx ON public.leasing_rating USING btree (about_id, side);



CREATE INDEX leasing_rating_about_id_07233175 ON public.leasing_rating USING btree (about_id);



CREATE INDEX leasing_rating_public_id_ebe6bfe5_like ON public.leasing_rating USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_rating_rated_by_id_58224ce1 ON public.leasing_rating USING btree (rated_by_id);



CREATE INDEX leasing_rating_round_id_47b84f5d ON public.leasing_rating USING btree (round_id);



CREATE INDEX leasing_ratingmoderation_rating_id_8d961be8 ON public.leasing_ratingmoderation USING btree (rating_id);



CREATE INDEX leasing_ratinground_due ON public.leasing_ratinground USING btree (closes_at) WHERE (published_at IS NULL);



CREATE UNIQUE INDEX leasing_referralword_asked_once ON public.leasing_referralword USING btree (record_id, side) WHERE ((act)::text = 'refer'::text);



CREATE INDEX leasing_referralword_record_id_410d29f9 ON public.leasing_referralword USING btree (record_id);



CREATE INDEX leasing_ser_provide_327f3e_idx ON public.leasing_serviceorder USING btree (provider_id, status, id DESC);



CREATE INDEX leasing_ser_status_e4dd50_idx ON public.leasing_serviceorder USING btree (status, accept_by);



CREATE INDEX leasing_serviceorder_lease_id_6a3a2654 ON public.leasing_serviceorder USING btree (lease_id);



CREATE UNIQUE INDEX leasing_serviceorder_one_a_period ON public.leasing_serviceorder USING btree (lease_id, service_id, month_from) WHERE (month_from IS NOT NULL);



CREATE INDEX leasing_serviceorder_provider_id_dba8dad3 ON public.leasing_serviceorder USING btree (provider_id);



CREATE INDEX leasing_serviceorder_public_id_6d432c20_like ON public.leasing_serviceorder USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_serviceorderstep_order_id_0a8b9dde ON public.leasing_serviceorderstep USING btree (order_id);



CREATE INDEX leasing_settlement_lease_id_fdf4e34e ON public.leasing_settlement USING btree (lease_id);



CREATE UNIQUE INDEX leasing_settlement_one_final ON public.leasing_settlement USING btree (lease_id) WHERE ((state)::text = ANY (ARRAY[('AGREED'::character varying)::text, ('DECIDED'::character varying)::text]));



CREATE UNIQUE INDEX leasing_settlement_one_open ON public.leasing_settlement USING btree (lease_id) WHERE ((state)::text = 'PROPOSED'::text);



CREATE INDEX leasing_settlement_public_id_69d5f004_like ON public.leasing_settlement USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_signature_contract_id_73a98482 ON public.leasing_signature USING btree (contract_id);



CREATE INDEX leasing_signature_organization_id_50e964f0 ON public.leasing_signature USING btree (organization_id);



CREATE INDEX leasing_slo_lessee__cacca8_idx ON public.leasing_slotbooking USING btree (lessee_id, starts_at);



CREATE INDEX leasing_slo_lessor__8cf2bd_idx ON public.leasing_slotbooking USING btree (lessor_id, starts_at);



CREATE INDEX leasing_slo_status_dd2d31_idx ON public.leasing_slotbooking USING btree (status, answer_until);



CREATE INDEX leasing_slotbooking_equipment_id_fdcdb362 ON public.leasing_slotbooking USING btree (equipment_id);



CREATE INDEX leasing_slotbooking_lessee_id_6e17ef5c ON public.leasing_slotbooking USING btree (lessee_id);



CREATE INDEX leasing_slotbooking_lessor_id_6577a925 ON public.leasing_slotbooking USING btree (lessor_id);



CREATE INDEX leasing_slotbooking_listing_id_337aae52 ON public.leasing_slotbooking USING btree (listing_id);



CREATE INDEX leasing_slotbooking_public_id_631e4ff1_like ON public.leasing_slotbooking USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_slotbooking_schedule_id_fb3c140e ON public.leasing_slotbooking USING btree (schedule_id);



CREATE INDEX leasing_slotstep_booking_id_7d133ca2 ON public.leasing_slotstep USING btree (booking_id);



CREATE INDEX leasing_sub_status_fdc303_idx ON public.leasing_sublease USING btree (status, ends_at);



CREATE INDEX leasing_sublease_lease_id_1a9717ae ON public.leasing_sublease USING btree (lease_id);



CREATE INDEX leasing_sublease_public_id_6052275e_like ON public.leasing_sublease USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_sublease_sublessee_id_93e63d8f ON public.leasing_sublease USING btree (sublessee_id);



CREATE INDEX leasing_sublease_sublessor_id_c1a3ff4e ON public.leasing_sublease USING btree (sublessor_id);



CREATE INDEX leasing_sublease_under_id_432c5ee5 ON public.leasing_sublease USING btree (under_id);



CREATE INDEX leasing_sublease_unit_id_1d5b1103 ON public.leasing_sublease USING btree (unit_id);



CREATE INDEX leasing_subleasestep_sublease_id_4785ad11 ON public.leasing_subleasestep USING btree (sublease_id);



CREATE INDEX leasing_suspension_lease_id_c18a1735 ON public.leasing_suspension USING btree (lease_id);



CREATE INDEX leasing_suspension_public_id_cea5e6eb_like ON public.leasing_suspension USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_termstemplate_public_id_cc0ed00c_like ON public.leasing_termstemplate USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_tic_attribu_0d631b_idx ON public.leasing_ticket USING btree (attribution, reply_by);



CREATE INDEX leasing_tic_status_7672c4_idx ON public.leasing_ticket USING btree (status, confirm_by);



CREATE INDEX leasing_ticket_lease_id_f27824a3 ON public.leasing_ticket USING btree (lease_id);



CREATE INDEX leasing_ticket_proposed_by_id_c9c070f2 ON public.leasing_ticket USING btree (proposed_by_id);



CREATE INDEX leasing_ticket_public_id_9e0f7dc9_like ON public.leasing_ticket USING btree (public_id varchar_pattern_ops);



CREATE INDEX leasing_ticket_raised_by_id_5e9eb852 ON public.leasing_ticket USING btree (raised_by_id);



CREATE INDEX leasing_ticket_unit_id_bcaed310 ON public.leasing_ticket USING btree (unit_id);



CREATE INDEX leasing_ticketphoto_ticket_id_17ffc497 ON public.leasing_ticketphoto USING btree (ticket_id);



CREATE INDEX leasing_ticketstep_ticket_id_8e4f2d8a ON public.leasing_ticketstep USING btree (ticket_id);



CREATE INDEX leasing_transition_lease_id_edc30055 ON public.leasing_transition USING btree (lease_id);



CREATE INDEX marketplace_announced_now ON public.marketplace_announcement USING btree (shown_until) WHERE ((state)::text = 'PUBLISHED'::text);



CREATE INDEX marketplace_announcement_public_id_5fe506a0_like ON public.marketplace_announcement USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_apikey_identifier_b60717f6_like ON public.marketplace_apikey USING btree (identifier varchar_pattern_ops);



CREATE INDEX marketplace_apikey_organization_id_0fb8c1ba ON public.marketplace_apikey USING btree (organization_id);



CREATE INDEX marketplace_apikey_public_id_416ced87_like ON public.marketplace_apikey USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_apikey_user_id_77761816 ON public.marketplace_apikey USING btree (user_id);



CREATE INDEX marketplace_apirequest_at_bab54654 ON public.marketplace_apirequest USING btree (at);



CREATE INDEX marketplace_askedin_organization_id_f96a1ee9 ON public.marketplace_askedin USING btree (organization_id);



CREATE INDEX marketplace_askedin_public_id_20e8fb4e_like ON public.marketplace_askedin USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_asker_i_ef2485_idx ON public.marketplace_conversation USING btree (asker_id, last_at DESC);



CREATE INDEX marketplace_auditentry_at_083dfda2 ON public.marketplace_auditentry USING btree (at);



CREATE INDEX marketplace_backgroundjob_made_by_id_8db2facd ON public.marketplace_backgroundjob USING btree (made_by_id);



CREATE UNIQUE INDEX marketplace_backgroundjob_one_at_a_time ON public.marketplace_backgroundjob USING btree (kind, subject) WHERE ((status)::text = ANY (ARRAY[('QUEUED'::character varying)::text, ('RUNNING'::character varying)::text]));



CREATE INDEX marketplace_backgroundjob_organization_id_ef6e443f ON public.marketplace_backgroundjob USING btree (organization_id);



CREATE INDEX marketplace_backgroundjob_public_id_46beb7f1_like ON public.marketplace_backgroundjob USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_category_code_d5b5992c_like ON public.marketplace_category USING btree (code varchar_pattern_ops);



CREATE INDEX marketplace_category_parent_id_d956816a ON public.marketplace_category USING btree (parent_id);



CREATE INDEX marketplace_chain_leader_id_cd27e18e ON public.marketplace_chain USING btree (leader_id);



CREATE INDEX marketplace_chain_public_id_b1511717_like ON public.marketplace_chain USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_chainmember_chain_id_c8cd6744 ON public.marketplace_chainmember USING btree (chain_id);



CREATE INDEX marketplace_chainmember_member_id_267fa368 ON public.marketplace_chainmember USING btree (member_id);



CREATE INDEX marketplace_claim_equipment_id_9885bd99 ON public.marketplace_claim USING btree (equipment_id);



CREATE INDEX marketplace_claim_movable ON public.marketplace_claim USING btree (equipment_id) WHERE (active AND movable);



CREATE INDEX marketplace_claim_public_id_9ed620d7_like ON public.marketplace_claim USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_claim_times ON public.marketplace_claim USING btree (equipment_id, COALESCE(upper(period), 'infinity'::timestamp with time zone), lower(period)) WHERE active;



CREATE INDEX marketplace_closing_due_at_60809d6d ON public.marketplace_closing USING btree (due_at);



CREATE UNIQUE INDEX marketplace_closing_one_open ON public.marketplace_closing USING btree (organization_id) WHERE ((state)::text = 'ASKED'::text);



CREATE INDEX marketplace_closing_organization_id_f0a35f78 ON public.marketplace_closing USING btree (organization_id);



CREATE INDEX marketplace_closing_public_id_91bd191e_like ON public.marketplace_closing USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_contentcase_document_id_7211f383 ON public.marketplace_contentcase USING btree (document_id);



CREATE INDEX marketplace_contentcase_listing_id_b84754be ON public.marketplace_contentcase USING btree (listing_id);



CREATE INDEX marketplace_contentcase_photo_id_54cb1be6 ON public.marketplace_contentcase USING btree (photo_id);



CREATE INDEX marketplace_contentcase_public_id_6e7f1d0b_like ON public.marketplace_contentcase USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX marketplace_contentcase_reported_once ON public.marketplace_contentcase USING btree (listing_id, item, reporter_id) WHERE ((state)::text = 'OPEN'::text);



CREATE INDEX marketplace_contentcase_reporter_id_a49117b3 ON public.marketplace_contentcase USING btree (reporter_id);



CREATE INDEX marketplace_contentstep_case_id_8523726a ON public.marketplace_contentstep USING btree (case_id);



CREATE INDEX marketplace_conversation_asker_id_cd5643b5 ON public.marketplace_conversation USING btree (asker_id);



CREATE INDEX marketplace_conversation_listing_id_9537cee3 ON public.marketplace_conversation USING btree (listing_id);



CREATE UNIQUE INDEX marketplace_conversation_once_a_lease ON public.marketplace_conversation USING btree (reference) WHERE (NOT ((reference)::text = ''::text));



CREATE UNIQUE INDEX marketplace_conversation_once_a_listing ON public.marketplace_conversation USING btree (listing_id, asker_id) WHERE ((reference)::text = ''::text);



CREATE INDEX marketplace_conversation_owner_id_63c01865 ON public.marketplace_conversation USING btree (owner_id);



CREATE INDEX marketplace_conversation_public_id_057ad29a_like ON public.marketplace_conversation USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_dataexport_expires_at_ab05cbc5 ON public.marketplace_dataexport USING btree (expires_at);



CREATE INDEX marketplace_dataexport_job_id_2739e121 ON public.marketplace_dataexport USING btree (job_id);



CREATE INDEX marketplace_dataexport_made_by_id_e54db89c ON public.marketplace_dataexport USING btree (made_by_id);



CREATE INDEX marketplace_dataexport_organization_id_c38eb8bf ON public.marketplace_dataexport USING btree (organization_id);



CREATE INDEX marketplace_dataexport_public_id_47ac1475_like ON public.marketplace_dataexport USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_datatable_of_id_aa0258fe ON public.marketplace_datatable USING btree (of_id);



CREATE INDEX marketplace_delivery_due ON public.marketplace_webhookdelivery USING btree (next_at) WHERE ((state)::text = 'WAITING'::text);



CREATE INDEX marketplace_delivery_listed ON public.marketplace_webhookdelivery USING btree (endpoint_id, id DESC);



CREATE INDEX marketplace_dictionaryversion_category_id_a6e7143b ON public.marketplace_dictionaryversion USING btree (category_id);



CREATE INDEX marketplace_edo_ends ON public.marketplace_equipmentdocument USING btree (valid_until) WHERE (valid_until IS NOT NULL);



CREATE INDEX marketplace_encumbrancesearch_equipment_id_c8c80b2e ON public.marketplace_encumbrancesearch USING btree (equipment_id);



CREATE INDEX marketplace_encumbrancesearch_public_id_9569eb45_like ON public.marketplace_encumbrancesearch USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_equipme_0f0616_idx ON public.marketplace_equipmentrecord USING btree (equipment_id, done_at DESC);



CREATE INDEX marketplace_equipme_2077b2_idx ON public.marketplace_equipmentcheck USING btree (equipment_id, checked_at DESC);



CREATE INDEX marketplace_equipme_a00b36_idx ON public.marketplace_encumbrancesearch USING btree (equipment_id, searched_at DESC);



CREATE INDEX marketplace_equipment_category_id_4c2655fd ON public.marketplace_equipment USING btree (category_id);



CREATE UNIQUE INDEX marketplace_equipment_nameplate_once ON public.marketplace_equipment USING btree (maker_name, serial_number) WHERE (NOT is_disproved);



CREATE INDEX marketplace_equipment_owner_id_3cdda5c2 ON public.marketplace_equipment USING btree (owner_id);



CREATE INDEX marketplace_equipment_public_id_3a41ab26_like ON public.marketplace_equipment USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_equipment_site_id_5698a35a ON public.marketplace_equipment USING btree (site_id);



CREATE INDEX marketplace_equipmentcheck_equipment_id_b5a419ab ON public.marketplace_equipmentcheck USING btree (equipment_id);



CREATE INDEX marketplace_equipmentcheck_public_id_dc93b2d9_like ON public.marketplace_equipmentcheck USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_equipmentdocument_equipment_id_6ec12c48 ON public.marketplace_equipmentdocument USING btree (equipment_id);



CREATE INDEX marketplace_equipmentdocument_public_id_44c77664_like ON public.marketplace_equipmentdocument USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_equipmentdocument_refurbishment_id_211e72c0 ON public.marketplace_equipmentdocument USING btree (refurbishment_id);



CREATE INDEX marketplace_equipmentrecord_equipment_id_97e97de9 ON public.marketplace_equipmentrecord USING btree (equipment_id);



CREATE INDEX marketplace_equipmentrecord_organization_id_f01f4b41 ON public.marketplace_equipmentrecord USING btree (organization_id);



CREATE INDEX marketplace_equipmentrecord_public_id_f0449d90_like ON public.marketplace_equipmentrecord USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_event_age ON public.marketplace_event USING btree (occurred_at);



CREATE INDEX marketplace_event_organization_id_c2726f52 ON public.marketplace_event USING btree (organization_id);



CREATE INDEX marketplace_event_public_id_a410f0cb_like ON public.marketplace_event USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX marketplace_event_told_once ON public.marketplace_event USING btree (organization_id, once) WHERE (NOT ((once)::text = ''::text));



CREATE INDEX marketplace_event_waiting ON public.marketplace_event USING btree (id) WHERE (sequence IS NULL);



CREATE INDEX marketplace_idempotencyrecord_created_at_4abfd3f8 ON public.marketplace_idempotencyrecord USING btree (created_at);



CREATE INDEX marketplace_import_job_id_5c461600 ON public.marketplace_import USING btree (job_id);



CREATE INDEX marketplace_import_made_by_id_466be709 ON public.marketplace_import USING btree (made_by_id);



CREATE INDEX marketplace_import_organization_id_2f511df0 ON public.marketplace_import USING btree (organization_id);



CREATE INDEX marketplace_import_public_id_552d1eab_like ON public.marketplace_import USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_importrow_of_id_2825bef9 ON public.marketplace_importrow USING btree (of_id);



CREATE INDEX marketplace_importrow_status ON public.marketplace_importrow USING btree (of_id, status);



CREATE INDEX marketplace_invitation_accepted_by_id_b45961d6 ON public.marketplace_invitation USING btree (accepted_by_id);



CREATE UNIQUE INDEX marketplace_invitation_one_open ON public.marketplace_invitation USING btree (organization_id, email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));



CREATE INDEX marketplace_invitation_organization_id_e3d59036 ON public.marketplace_invitation USING btree (organization_id);



CREATE INDEX marketplace_invitation_public_id_231ce35e_like ON public.marketplace_invitation USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_job_open ON public.marketplace_backgroundjob USING btree (moved_at) WHERE ((status)::text = ANY (ARRAY[('QUEUED'::character varying)::text, ('RUNNING'::character varying)::text]));



CREATE INDEX marketplace_joinrequest_expires_at_228b7a38 ON public.marketplace_joinrequest USING btree (expires_at);



CREATE INDEX marketplace_joinrequest_public_id_1042de90_like ON public.marketplace_joinrequest USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_letters_waiting ON public.marketplace_letter USING btree (id) WHERE (taken_at IS NULL);



CREATE INDEX marketplace_listing_by_age ON public.marketplace_listing USING btree (published_at, id) WHERE ((chain_id IS NULL) AND ((status)::text = 'PUBLISHED'::text));



CREATE INDEX marketplace_listing_category_id_cab5ec78 ON public.marketplace_listing USING btree (category_id);



CREATE INDEX marketplace_listing_chain_id_0722718c ON public.marketplace_listing USING btree (chain_id);



CREATE INDEX marketplace_listing_owner_id_b44ca82b ON public.marketplace_listing USING btree (owner_id);



CREATE INDEX marketplace_listing_public_id_bfbb89b5_like ON public.marketplace_listing USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_listing_site_id_e4ac521f ON public.marketplace_listing USING btree (site_id);



CREATE INDEX marketplace_listingphoto_listing_id_37daa9eb ON public.marketplace_listingphoto USING btree (listing_id);



CREATE INDEX marketplace_listingphoto_public_id_fbeaad0b_like ON public.marketplace_listingphoto USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_listingservice_listing_id_90b46635 ON public.marketplace_listingservice USING btree (listing_id);



CREATE INDEX marketplace_listingservice_provider_id_0ec2c2bd ON public.marketplace_listingservice USING btree (provider_id);



CREATE INDEX marketplace_listingservice_public_id_4760498b_like ON public.marketplace_listingservice USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_listingunit_listing_id_1b3980ed ON public.marketplace_listingunit USING btree (listing_id);



CREATE INDEX marketplace_made_by_c88cbf_idx ON public.marketplace_dataexport USING btree (made_by_id, id DESC);



CREATE INDEX marketplace_maturitydeclaration_made_for_id_e71cc15f ON public.marketplace_maturitydeclaration USING btree (made_for_id);



CREATE INDEX marketplace_maturitydeclaration_organization_id_790d254e ON public.marketplace_maturitydeclaration USING btree (organization_id);



CREATE INDEX marketplace_maturitydeclaration_public_id_e06f638f_like ON public.marketplace_maturitydeclaration USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_maturitydeclaration_site_id_1f409f8c ON public.marketplace_maturitydeclaration USING btree (site_id);



CREATE INDEX marketplace_member__a3d052_idx ON public.marketplace_chainmember USING btree (member_id, status);



CREATE INDEX marketplace_membership_organization_id_02fbf168 ON public.marketplace_membership USING btree (organization_id);



CREATE INDEX marketplace_membership_user_id_6ebcaf47 ON public.marketplace_membership USING btree (user_id);



CREATE INDEX marketplace_message_conversation_id_31626417 ON public.marketplace_message USING btree (conversation_id);



CREATE INDEX marketplace_message_organization_id_c2a2680f ON public.marketplace_message USING btree (organization_id);



CREATE INDEX marketplace_nameplate_key ON public.marketplace_equipment USING btree (public.marketplace_nameplate_key((serial_number)::text), public.marketplace_nameplate_key((maker_name)::text));



CREATE INDEX marketplace_nameplatecase_claimant_id_0e60ab91 ON public.marketplace_nameplatecase USING btree (claimant_id);



CREATE UNIQUE INDEX marketplace_nameplatecase_claimed_once ON public.marketplace_nameplatecase USING btree (first_id, claimant_id) WHERE (second_id IS NULL);



CREATE INDEX marketplace_nameplatecase_first_id_6f4328a1 ON public.marketplace_nameplatecase USING btree (first_id);



CREATE UNIQUE INDEX marketplace_nameplatecase_once ON public.marketplace_nameplatecase USING btree (first_id, second_id) WHERE (second_id IS NOT NULL);



CREATE INDEX marketplace_nameplatecase_public_id_a7eb0bb2_like ON public.marketplace_nameplatecase USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_nameplatecase_second_id_ed36f4b6 ON public.marketplace_nameplatecase USING btree (second_id);



CREATE INDEX marketplace_need_category_id_e4e6fad9 ON public.marketplace_need USING btree (category_id);



CREATE INDEX marketplace_need_chain_id_c3e71bf2 ON public.marketplace_need USING btree (chain_id);



CREATE INDEX marketplace_need_chosen_id_483cdd6f ON public.marketplace_need USING btree (chosen_id);



CREATE INDEX marketplace_need_due ON public.marketplace_need USING btree (expires_at) WHERE ((status)::text = 'POSTED'::text);



CREATE INDEX marketplace_need_kinds ON public.marketplace_need USING gin (kinds) WHERE ((status)::text = 'POSTED'::text);



CREATE INDEX marketplace_need_poster_id_dec45ea5 ON public.marketplace_need USING btree (poster_id);



CREATE INDEX marketplace_need_public_id_8d6427ef_like ON public.marketplace_need USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_needanswer_listing_id_5c5000ce ON public.marketplace_needanswer USING btree (listing_id);



CREATE INDEX marketplace_needanswer_need_id_660d7de4 ON public.marketplace_needanswer USING btree (need_id);



CREATE INDEX marketplace_needanswer_owner_id_8458ddec ON public.marketplace_needanswer USING btree (owner_id);



CREATE INDEX marketplace_needanswer_public_id_063bc0d3_like ON public.marketplace_needanswer USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_needinvitation_need_id_a8657460 ON public.marketplace_needinvitation USING btree (need_id);



CREATE INDEX marketplace_needinvitation_owner_id_e6cd1fe8 ON public.marketplace_needinvitation USING btree (owner_id);



CREATE UNIQUE INDEX marketplace_notification_once ON public.marketplace_notification USING btree (organization_id, once) WHERE (NOT ((once)::text = ''::text));



CREATE INDEX marketplace_notification_organization_id_b6a7b454 ON public.marketplace_notification USING btree (organization_id);



CREATE INDEX marketplace_notification_person_id_a6408224 ON public.marketplace_notification USING btree (person_id);



CREATE INDEX marketplace_notification_public_id_7d49ce1b_like ON public.marketplace_notification USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_organiz_11f094_idx ON public.marketplace_import USING btree (organization_id, id DESC);



CREATE INDEX marketplace_organiz_59b600_idx ON public.marketplace_maturitydeclaration USING btree (organization_id, valid_from DESC);



CREATE INDEX marketplace_organiz_5bbd40_idx ON public.marketplace_backgroundjob USING btree (organization_id, id DESC);



CREATE INDEX marketplace_organiz_92b5cd_idx ON public.marketplace_vatstatement USING btree (organization_id, valid_from DESC);



CREATE INDEX marketplace_organiz_dd566d_idx ON public.marketplace_auditentry USING btree (organization, at);



CREATE INDEX marketplace_organiz_ffbde2_idx ON public.marketplace_organizationcheck USING btree (organization_id, checked_at DESC);



CREATE UNIQUE INDEX marketplace_organization_code_once ON public.marketplace_organization USING btree (credit_code) WHERE ((NOT awaits_verification) AND (closed_at IS NULL));



CREATE INDEX marketplace_organization_credit_code_b48cb5e8 ON public.marketplace_organization USING btree (credit_code);



CREATE INDEX marketplace_organization_credit_code_b48cb5e8_like ON public.marketplace_organization USING btree (credit_code varchar_pattern_ops);



CREATE UNIQUE INDEX marketplace_organization_one_platform ON public.marketplace_organization USING btree (kind) WHERE ((kind)::text = 'PLATFORM'::text);



CREATE INDEX marketplace_organization_public_id_e8725858_like ON public.marketplace_organization USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_organizationcheck_organization_id_a3a5b82d ON public.marketplace_organizationcheck USING btree (organization_id);



CREATE INDEX marketplace_organizationcheck_public_id_20b0ae66_like ON public.marketplace_organizationcheck USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_owner_i_295767_idx ON public.marketplace_conversation USING btree (owner_id, last_at DESC);



CREATE INDEX marketplace_privacyacceptance_user_id_2463d6ef ON public.marketplace_privacyacceptance USING btree (user_id);



CREATE INDEX marketplace_provide_05ec4f_idx ON public.marketplace_listingservice USING btree (provider_id, status);



CREATE INDEX marketplace_readmark_conversation_id_7f2268d9 ON public.marketplace_readmark USING btree (conversation_id);



CREATE INDEX marketplace_readmark_organization_id_45153666 ON public.marketplace_readmark USING btree (organization_id);



CREATE INDEX marketplace_recoverycode_user_id_e3ad0571 ON public.marketplace_recoverycode USING btree (user_id);



CREATE INDEX marketplace_referen_582503_idx ON public.marketplace_claim USING btree (reference);



CREATE INDEX marketplace_refurbishment_equipment_id_8cca2c98 ON public.marketplace_refurbishment USING btree (equipment_id);



CREATE UNIQUE INDEX marketplace_refurbishment_one_open ON public.marketplace_refurbishment USING btree (equipment_id) WHERE (finished_at IS NULL);



CREATE INDEX marketplace_refurbishment_public_id_131913ff_like ON public.marketplace_refurbishment USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_refurbishmententry_public_id_d997f3b8_like ON public.marketplace_refurbishmententry USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_refurbishmententry_refurbishment_id_ae82423d ON public.marketplace_refurbishmententry USING btree (refurbishment_id);



CREATE INDEX marketplace_request_key ON public.marketplace_apirequest USING btree (key_id, id DESC);



CREATE INDEX marketplace_request_of ON public.marketplace_apirequest USING btree (organization_id, id DESC);



CREATE INDEX marketplace_savedfilter_organization_id_9c7a0ea2 ON public.marketplace_savedfilter USING btree (organization_id);



CREATE INDEX marketplace_savedfilter_public_id_11edf0c4_like ON public.marketplace_savedfilter USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_savedfilter_user_id_12b7c34c ON public.marketplace_savedfilter USING btree (user_id);



CREATE INDEX marketplace_savedfind_listing_id_29eef853 ON public.marketplace_savedfind USING btree (listing_id);



CREATE INDEX marketplace_savedfind_saved_id_d4f3d267 ON public.marketplace_savedfind USING btree (saved_id);



CREATE INDEX marketplace_searchdoc_age ON public.marketplace_searchdocument USING btree (renewed_at);



CREATE INDEX marketplace_searchdoc_hours ON public.marketplace_searchdocument USING btree (per_hours, listing_id DESC) WHERE (per_hours IS NOT NULL);



CREATE INDEX marketplace_searchdoc_news ON public.marketplace_searchdocument USING btree (changed_at);



CREATE INDEX marketplace_searchdoc_parts ON public.marketplace_searchdocument USING btree (per_parts, listing_id DESC) WHERE (per_parts IS NOT NULL);



CREATE INDEX marketplace_searchdoc_rank ON public.marketplace_searchdocument USING btree (rank DESC, listing_id DESC);



CREATE INDEX marketplace_searchdoc_tokens ON public.marketplace_searchdocument USING gin (tokens);



CREATE INDEX marketplace_searches_due ON public.marketplace_savedfilter USING btree (due_at) WHERE (due_at IS NOT NULL);



CREATE INDEX marketplace_searchterm_token_fa5db6c9_like ON public.marketplace_searchterm USING btree (token varchar_pattern_ops);



CREATE INDEX marketplace_signin_public_id_8afd5d39_like ON public.marketplace_signin USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_signin_session_key_6b1eb9a6_like ON public.marketplace_signin USING btree (session_key varchar_pattern_ops);



CREATE INDEX marketplace_signin_user_id_b1c1d78c ON public.marketplace_signin USING btree (user_id);



CREATE INDEX marketplace_site_organization_id_61ef5478 ON public.marketplace_site USING btree (organization_id);



CREATE INDEX marketplace_site_public_id_f127e98c_like ON public.marketplace_site USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_slotschedule_listing_id_0a4178e2 ON public.marketplace_slotschedule USING btree (listing_id);



CREATE INDEX marketplace_specfield_category_id_a38f901a ON public.marketplace_specfield USING btree (category_id);



CREATE INDEX marketplace_specfield_code_b43acc6b ON public.marketplace_specfield USING btree (code);



CREATE INDEX marketplace_specfield_code_b43acc6b_like ON public.marketplace_specfield USING btree (code varchar_pattern_ops);



CREATE INDEX marketplace_specstatement_equipment_id_ff59d749 ON public.marketplace_specstatement USING btree (equipment_id);



CREATE INDEX marketplace_specstatement_public_id_5d930418_like ON public.marketplace_specstatement USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_staletimes_listing_id_cbf0ef94 ON public.marketplace_staletimes USING btree (listing_id);



CREATE INDEX marketplace_state_c5b234_idx ON public.marketplace_nameplatecase USING btree (state, id DESC);



CREATE INDEX marketplace_state_fcbbf5_idx ON public.marketplace_contentcase USING btree (state, opened_at);



CREATE INDEX marketplace_status_453a64_idx ON public.marketplace_listing USING btree (status, category_id, id DESC);



CREATE INDEX marketplace_subject_7d179b_idx ON public.marketplace_auditentry USING btree (subject, at);



CREATE INDEX marketplace_throttle_key_81a7d028_like ON public.marketplace_throttle USING btree (key varchar_pattern_ops);



CREATE INDEX marketplace_throttle_since_5b595309 ON public.marketplace_throttle USING btree (since);



CREATE INDEX marketplace_told_unread ON public.marketplace_notification USING btree (organization_id) WHERE (read_at IS NULL);



CREATE INDEX marketplace_told_unsent ON public.marketplace_notification USING btree (id) WHERE (mailed_at IS NULL);



CREATE INDEX marketplace_user_email_71a4ce11_like ON public.marketplace_user USING btree (email varchar_pattern_ops);



CREATE INDEX marketplace_user_groups_group_id_67773853 ON public.marketplace_user_groups USING btree (group_id);



CREATE INDEX marketplace_user_groups_user_id_e478d75a ON public.marketplace_user_groups USING btree (user_id);



CREATE INDEX marketplace_user_public_id_9d94c9a2_like ON public.marketplace_user USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_user_user_permissions_permission_id_8acde14d ON public.marketplace_user_user_permissions USING btree (permission_id);



CREATE INDEX marketplace_user_user_permissions_user_id_bcd4c83a ON public.marketplace_user_user_permissions USING btree (user_id);



CREATE INDEX marketplace_vatstatement_made_for_id_697e3af0 ON public.marketplace_vatstatement USING btree (made_for_id);



CREATE INDEX marketplace_vatstatement_organization_id_84072391 ON public.marketplace_vatstatement USING btree (organization_id);



CREATE INDEX marketplace_vatstatement_public_id_1d667a89_like ON public.marketplace_vatstatement USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX marketplace_verification_one_open ON public.marketplace_verification USING btree (organization_id) WHERE ((state)::text = ANY (ARRAY[('WAITING'::character varying)::text, ('ASKED'::character varying)::text]));



CREATE INDEX marketplace_verification_organization_id_a681ecb8 ON public.marketplace_verification USING btree (organization_id);



CREATE INDEX marketplace_verification_public_id_6132ed06_like ON public.marketplace_verification USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_verificationpaper_public_id_fda6f65a_like ON public.marketplace_verificationpaper USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_verificationpaper_verification_id_4b778bc8 ON public.marketplace_verificationpaper USING btree (verification_id);



CREATE INDEX marketplace_verificationstep_public_id_7cae9bd2_like ON public.marketplace_verificationstep USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_verificationstep_verification_id_ec6c159d ON public.marketplace_verificationstep USING btree (verification_id);



CREATE INDEX marketplace_webhookattempt_delivery_id_ea5fa3bc ON public.marketplace_webhookattempt USING btree (delivery_id);



CREATE INDEX marketplace_webhookdelivery_endpoint_id_b5042a0e ON public.marketplace_webhookdelivery USING btree (endpoint_id);



CREATE INDEX marketplace_webhookdelivery_event_id_3a885828 ON public.marketplace_webhookdelivery USING btree (event_id);



CREATE INDEX marketplace_webhookdelivery_public_id_7e9dae4e_like ON public.marketplace_webhookdelivery USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_webhookendpoint_organization_id_8c2e446b ON public.marketplace_webhookendpoint USING btree (organization_id);



CREATE INDEX marketplace_webhookendpoint_public_id_0250fbee_like ON public.marketplace_webhookendpoint USING btree (public_id varchar_pattern_ops);



CREATE INDEX marketplace_webhooksecret_endpoint_id_4bd9dcf4 ON public.marketplace_webhooksecret USING btree (endpoint_id);



CREATE UNIQUE INDEX marketplace_webhooksecret_one_goes_on ON public.marketplace_webhooksecret USING btree (endpoint_id) WHERE (ends_at IS NULL);



CREATE INDEX ownership_a_referen_796f57_idx ON public.ownership_agreement USING btree (reference);



CREATE INDEX ownership_accessevent_at_9f2200a9 ON public.ownership_accessevent USING btree (at);



CREATE INDEX ownership_accessevent_device_5fb6b086 ON public.ownership_accessevent USING btree (device);



CREATE INDEX ownership_accessevent_device_5fb6b086_like ON public.ownership_accessevent USING btree (device varchar_pattern_ops);



CREATE INDEX ownership_accessevent_organization_00ec9f4b ON public.ownership_accessevent USING btree (organization);



CREATE INDEX ownership_accessevent_organization_00ec9f4b_like ON public.ownership_accessevent USING btree (organization varchar_pattern_ops);



CREATE INDEX ownership_accessevent_public_id_2400e1b6_like ON public.ownership_accessevent USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_agreement_equipment_id_954210a1 ON public.ownership_agreement USING btree (equipment_id);



CREATE INDEX ownership_agreement_lessee_id_cfc81b98 ON public.ownership_agreement USING btree (lessee_id);



CREATE INDEX ownership_agreement_owner_id_975e7d28 ON public.ownership_agreement USING btree (owner_id);



CREATE INDEX ownership_agreement_public_id_ed6549b1_like ON public.ownership_agreement USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_agreement_under_id_10c3a765 ON public.ownership_agreement USING btree (under_id);



CREATE INDEX ownership_agreementversion_agreement_id_8f171275 ON public.ownership_agreementversion USING btree (agreement_id);



CREATE INDEX ownership_bordercheck_assets_bordercheck_id_a84bd689 ON public.ownership_bordercheck_assets USING btree (bordercheck_id);



CREATE INDEX ownership_bordercheck_assets_dataasset_id_8fedc1b7 ON public.ownership_bordercheck_assets USING btree (dataasset_id);



CREATE INDEX ownership_bordercheck_by_id_b68b5ee0 ON public.ownership_bordercheck USING btree (by_id);



CREATE INDEX ownership_bordercheck_organization_id_5d9f5ca6 ON public.ownership_bordercheck USING btree (organization_id);



CREATE INDEX ownership_bordercheck_public_id_6dc285ce_like ON public.ownership_bordercheck USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_certificate_key_id_190e3572 ON public.ownership_certificate USING btree (key_id);



CREATE INDEX ownership_certificate_key_id_190e3572_like ON public.ownership_certificate USING btree (key_id varchar_pattern_ops);



CREATE INDEX ownership_certificate_public_id_8a5caf3e_like ON public.ownership_certificate USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_dataasset_derived_from_from_dataasset_id_6999f392 ON public.ownership_dataasset_derived_from USING btree (from_dataasset_id);



CREATE INDEX ownership_dataasset_derived_from_to_dataasset_id_528eb313 ON public.ownership_dataasset_derived_from USING btree (to_dataasset_id);



CREATE INDEX ownership_dataasset_device_id_84ca04b4 ON public.ownership_dataasset USING btree (device_id);



CREATE INDEX ownership_dataasset_public_id_4655050f_like ON public.ownership_dataasset USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX ownership_dataasset_usage_once ON public.ownership_dataasset USING btree (device_id) WHERE ((kind)::text = 'USAGE'::text);



CREATE INDEX ownership_datalicence_border_check_id_c5fabc47 ON public.ownership_datalicence USING btree (border_check_id);



CREATE INDEX ownership_datalicence_buyer_id_db89644f ON public.ownership_datalicence USING btree (buyer_id);



CREATE INDEX ownership_datalicence_by_id_aabd96ec ON public.ownership_datalicence USING btree (by_id);



CREATE INDEX ownership_datalicence_public_id_a01897e1_like ON public.ownership_datalicence USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_datalicence_version_id_cd7d88dd ON public.ownership_datalicence USING btree (version_id);



CREATE INDEX ownership_dataproduct_public_id_896efd99_like ON public.ownership_dataproduct USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_dataproduct_seller_id_36b9a63a ON public.ownership_dataproduct USING btree (seller_id);



CREATE INDEX ownership_declaredcompetitor_competitor_id_d3c74ae9 ON public.ownership_declaredcompetitor USING btree (competitor_id);



CREATE INDEX ownership_declaredcompetitor_organization_id_9f42dec1 ON public.ownership_declaredcompetitor USING btree (organization_id);



CREATE INDEX ownership_duty_agreement_id_9809da20 ON public.ownership_duty USING btree (agreement_id);



CREATE INDEX ownership_duty_public_id_e644e07a_like ON public.ownership_duty USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_duty_undone ON public.ownership_duty USING btree (due_at) WHERE ((fulfilled_at IS NULL) AND (waived_at IS NULL));



CREATE INDEX ownership_eventhead_key_id_40db1340 ON public.ownership_eventhead USING btree (key_id);



CREATE INDEX ownership_eventhead_key_id_40db1340_like ON public.ownership_eventhead USING btree (key_id varchar_pattern_ops);



CREATE INDEX ownership_g_recipie_e91c1c_idx ON public.ownership_grant USING btree (recipient_id, equipment_id);



CREATE INDEX ownership_gatekeeperentry_organization_id_d3d9f2d9 ON public.ownership_gatekeeperentry USING btree (organization_id);



CREATE INDEX ownership_gatekeeperentry_public_id_ff5d8540_like ON public.ownership_gatekeeperentry USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_grading_asset_id_dc7c37c0 ON public.ownership_grading USING btree (asset_id);



CREATE INDEX ownership_grading_by_id_d94def37 ON public.ownership_grading USING btree (by_id);



CREATE INDEX ownership_grading_within_id_d594de04 ON public.ownership_grading USING btree (within_id);



CREATE INDEX ownership_grant_agreement_id_f046d4eb ON public.ownership_grant USING btree (agreement_id);



CREATE INDEX ownership_grant_equipment_id_4bc22329 ON public.ownership_grant USING btree (equipment_id);



CREATE INDEX ownership_grant_given_for_id_24a74e24 ON public.ownership_grant USING btree (given_for_id);



CREATE INDEX ownership_grant_public_id_99680d6b_like ON public.ownership_grant USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_grant_recipient_id_d8455ae3 ON public.ownership_grant USING btree (recipient_id);



CREATE INDEX ownership_hold_agreement_id_2608bc92 ON public.ownership_hold USING btree (agreement_id);



CREATE INDEX ownership_hold_public_id_c493297c_like ON public.ownership_hold USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_licencestep_by_id_ed9e3f95 ON public.ownership_licencestep USING btree (by_id);



CREATE INDEX ownership_licencestep_licence_id_17c927eb ON public.ownership_licencestep USING btree (licence_id);



CREATE UNIQUE INDEX ownership_licencestep_one_payment ON public.ownership_licencestep USING btree (reference) WHERE ((kind)::text = 'PAID'::text);



CREATE INDEX ownership_licencestep_within_id_9f8220cb ON public.ownership_licencestep USING btree (within_id);



CREATE UNIQUE INDEX ownership_loggedperson_once ON public.ownership_loggedperson USING btree ("user", organization, year, name) WHERE ((asked_at IS NULL) AND (erased_at IS NULL));



CREATE INDEX ownership_loggedperson_organization_372ff6ef ON public.ownership_loggedperson USING btree (organization);



CREATE INDEX ownership_loggedperson_organization_372ff6ef_like ON public.ownership_loggedperson USING btree (organization varchar_pattern_ops);



CREATE INDEX ownership_loggedperson_public_id_5dd10cf3_like ON public.ownership_loggedperson USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_loggedperson_user_6c74034d ON public.ownership_loggedperson USING btree ("user");



CREATE INDEX ownership_loggedperson_user_6c74034d_like ON public.ownership_loggedperson USING btree ("user" varchar_pattern_ops);



CREATE INDEX ownership_loggedperson_waiting ON public.ownership_loggedperson USING btree (year) WHERE ((asked_at IS NOT NULL) AND (erased_at IS NULL));



CREATE INDEX ownership_notice_lessee_id_ed88be72 ON public.ownership_notice USING btree (lessee_id);



CREATE INDEX ownership_notice_owner_id_cd4426be ON public.ownership_notice USING btree (owner_id);



CREATE INDEX ownership_notice_public_id_1ed6d93c_like ON public.ownership_notice USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_paymentduty_agreement_id_8cfbebdc ON public.ownership_paymentduty USING btree (agreement_id);



CREATE INDEX ownership_paymentduty_creditor_id_10a4fd26 ON public.ownership_paymentduty USING btree (creditor_id);



CREATE INDEX ownership_paymentduty_debtor_id_2531b5cb ON public.ownership_paymentduty USING btree (debtor_id);



CREATE INDEX ownership_paymentduty_public_id_6568fd6a_like ON public.ownership_paymentduty USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_paymentduty_undone ON public.ownership_paymentduty USING btree (due_at) WHERE ((paid_at IS NULL) AND (waived_at IS NULL));



CREATE INDEX ownership_productstep_by_id_b8b42532 ON public.ownership_productstep USING btree (by_id);



CREATE UNIQUE INDEX ownership_productstep_consents_once ON public.ownership_productstep USING btree (version_id, organization_id) WHERE ((kind)::text = 'CONSENTED'::text);



CREATE UNIQUE INDEX ownership_productstep_once ON public.ownership_productstep USING btree (version_id, kind) WHERE (NOT ((kind)::text = 'CONSENTED'::text));



CREATE INDEX ownership_productstep_organization_id_e420f864 ON public.ownership_productstep USING btree (organization_id);



CREATE INDEX ownership_productstep_version_id_6b706aed ON public.ownership_productstep USING btree (version_id);



CREATE INDEX ownership_productversion_by_id_b0a2c6c2 ON public.ownership_productversion USING btree (by_id);



CREATE INDEX ownership_productversion_digest_6a1ca3db_like ON public.ownership_productversion USING btree (digest varchar_pattern_ops);



CREATE INDEX ownership_productversion_product_id_0f262df6 ON public.ownership_productversion USING btree (product_id);



CREATE INDEX ownership_proposal_agreement_id_7185b848 ON public.ownership_proposal USING btree (agreement_id);



CREATE UNIQUE INDEX ownership_proposal_one_open ON public.ownership_proposal USING btree (agreement_id) WHERE ((state)::text = 'OPEN'::text);



CREATE INDEX ownership_proposal_public_id_a4404eb2_like ON public.ownership_proposal USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_registration_public_id_8dd8d7f6_like ON public.ownership_registration USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_registrationentry_by_id_8443ab91 ON public.ownership_registrationentry USING btree (by_id);



CREATE INDEX ownership_registrationentry_holder_id_236178fe ON public.ownership_registrationentry USING btree (holder_id);



CREATE INDEX ownership_registrationentry_recipient_id_394fe4d3 ON public.ownership_registrationentry USING btree (recipient_id);



CREATE INDEX ownership_registrationentry_registration_id_1b858311 ON public.ownership_registrationentry USING btree (registration_id);



CREATE INDEX ownership_registrationentry_within_id_951f75c6 ON public.ownership_registrationentry USING btree (within_id);



CREATE INDEX ownership_registrationsignature_key_id_7f22b130 ON public.ownership_registrationsignature USING btree (key_id);



CREATE INDEX ownership_registrationsignature_key_id_7f22b130_like ON public.ownership_registrationsignature USING btree (key_id varchar_pattern_ops);



CREATE INDEX ownership_sharingobjection_public_id_ba1485ee_like ON public.ownership_sharingobjection USING btree (public_id varchar_pattern_ops);



CREATE INDEX ownership_sharingobjection_request_id_dd2de88f ON public.ownership_sharingobjection USING btree (request_id);



CREATE INDEX ownership_sharingrequest_border_check_id_51494fc1 ON public.ownership_sharingrequest USING btree (border_check_id);



CREATE INDEX ownership_takencopy_agreement_id_368eb900 ON public.ownership_takencopy USING btree (agreement_id);



CREATE INDEX ownership_takencopy_device_id_4ea860df ON public.ownership_takencopy USING btree (device_id);



CREATE INDEX payments_ac_book_id_a1947f_idx ON public.payments_acceptancebill USING btree (book_id, state, due_on);



CREATE INDEX payments_acceptancebill_book_id_27d1b9ec ON public.payments_acceptancebill USING btree (book_id);



CREATE INDEX payments_acceptancebill_payer_id_19bbb07b ON public.payments_acceptancebill USING btree (payer_id);



CREATE INDEX payments_acceptancebill_public_id_c6610ce3_like ON public.payments_acceptancebill USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_allocation_invoice_id_97cefcbf ON public.payments_allocation USING btree (invoice_id);



CREATE INDEX payments_allocation_journal_id_9c048b3a ON public.payments_allocation USING btree (journal_id);



CREATE INDEX payments_allocation_note_id_79f28f3c ON public.payments_allocation USING btree (note_id);



CREATE INDEX payments_allocation_public_id_5fe76cb2_like ON public.payments_allocation USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_allocation_receipt_id_da3deba6 ON public.payments_allocation USING btree (receipt_id);



CREATE INDEX payments_ba_bank_ac_79292f_idx ON public.payments_bankline USING btree (bank_account_id, booked_on, id);



CREATE INDEX payments_bankaccount_book_id_dfa62f5c ON public.payments_bankaccount USING btree (book_id);



CREATE INDEX payments_bankaccount_public_id_06c79bad_like ON public.payments_bankaccount USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_bankline_bank_account_id_a71f13d6 ON public.payments_bankline USING btree (bank_account_id);



CREATE INDEX payments_bankline_public_id_41549761_like ON public.payments_bankline USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_billstep_bill_id_d7a9790e ON public.payments_billstep USING btree (bill_id);



CREATE INDEX payments_classification_journal_id_5590c672 ON public.payments_classification USING btree (journal_id);



CREATE INDEX payments_classification_movement_id_59fc862c ON public.payments_classification USING btree (movement_id);



CREATE UNIQUE INDEX payments_classification_one_waits ON public.payments_classification USING btree (movement_id) WHERE ((state)::text = 'PROPOSED'::text);



CREATE INDEX payments_classification_public_id_3bd895d4_like ON public.payments_classification USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_disputeloss_journal_id_41162ce4 ON public.payments_disputeloss USING btree (journal_id);



CREATE INDEX payments_disputeloss_receipt_id_d650f1e6 ON public.payments_disputeloss USING btree (receipt_id);



CREATE INDEX payments_event_waiting ON public.payments_providerevent USING btree (id) WHERE ((state)::text = ANY (ARRAY[('RECEIVED'::character varying)::text, ('PARKED'::character varying)::text]));



CREATE INDEX payments_exception_open ON public.payments_reconexception USING btree (book_id, reason, opened_at) WHERE ((state)::text = 'OPEN'::text);



CREATE INDEX payments_linebooking_bank_line_id_ce5a113b ON public.payments_linebooking USING btree (bank_line_id);



CREATE INDEX payments_linebooking_journal_id_a88d1183 ON public.payments_linebooking USING btree (journal_id);



CREATE INDEX payments_mo_provide_d60057_idx ON public.payments_movement USING btree (provider, source_reference);



CREATE INDEX payments_movement_fact_id_c750f9d1 ON public.payments_movement USING btree (fact_id);



CREATE INDEX payments_movement_settlement_id_14caa94e ON public.payments_movement USING btree (settlement_id);



CREATE INDEX payments_operation_journal_id_2d6f3e4e ON public.payments_operation USING btree (journal_id);



CREATE INDEX payments_operation_order_id_b947a56a ON public.payments_operation USING btree (order_id);



CREATE INDEX payments_operation_public_id_1cd56bd6_like ON public.payments_operation USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_operationattempt_key_5fd7df45_like ON public.payments_operationattempt USING btree (key varchar_pattern_ops);



CREATE INDEX payments_operationattempt_operation_id_6f46f0c4 ON public.payments_operationattempt USING btree (operation_id);



CREATE INDEX payments_orderfile_bank_account_id_894dc286 ON public.payments_orderfile USING btree (bank_account_id);



CREATE INDEX payments_orderfile_public_id_73824d58_like ON public.payments_orderfile USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_orderstep_order_id_7fb3f0dd ON public.payments_orderstep USING btree (order_id);



CREATE INDEX payments_ow_owner_i_1734c3_idx ON public.payments_ownerrelease USING btree (owner_id, id);



CREATE INDEX payments_ownerrelease_invoice_id_f0c3531a ON public.payments_ownerrelease USING btree (invoice_id);



CREATE INDEX payments_ownerrelease_journal_id_b7b65965 ON public.payments_ownerrelease USING btree (journal_id);



CREATE INDEX payments_ownerrelease_owner_id_06db8ef7 ON public.payments_ownerrelease USING btree (owner_id);



CREATE INDEX payments_pa_book_id_4d11f1_idx ON public.payments_paymentorder USING btree (book_id, state, id DESC);



CREATE INDEX payments_pa_payee_i_b0a2cd_idx ON public.payments_paymentorder USING btree (payee_id, state, id DESC);



CREATE UNIQUE INDEX payments_payeeaccount_one_of_a_stage ON public.payments_payeeaccount USING btree (organization_id, currency, stage) WHERE (NOT ((stage)::text = 'DROPPED'::text));



CREATE INDEX payments_payeeaccount_organization_id_c99b49a2 ON public.payments_payeeaccount USING btree (organization_id);



CREATE INDEX payments_payeeaccount_public_id_c8a4360b_like ON public.payments_payeeaccount USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX payments_payeraccount_once ON public.payments_payeraccount USING btree (number) WHERE (NOT ((stage)::text = 'DROPPED'::text));



CREATE INDEX payments_payeraccount_organization_id_f043e0db ON public.payments_payeraccount USING btree (organization_id);



CREATE INDEX payments_payeraccount_public_id_adcb9751_like ON public.payments_payeraccount USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_paymentorder_book_id_096debac ON public.payments_paymentorder USING btree (book_id);



CREATE INDEX payments_paymentorder_file_id_af2e3037 ON public.payments_paymentorder USING btree (file_id);



CREATE INDEX payments_paymentorder_payee_account_id_44838e59 ON public.payments_paymentorder USING btree (payee_account_id);



CREATE INDEX payments_paymentorder_payee_id_188e9dbf ON public.payments_paymentorder USING btree (payee_id);



CREATE INDEX payments_paymentorder_public_id_d5199491_like ON public.payments_paymentorder USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_paymentrequest_payer_id_e5847ff0 ON public.payments_paymentrequest USING btree (payer_id);



CREATE INDEX payments_paymentrequest_public_id_bcd2382b_like ON public.payments_paymentrequest USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX payments_paymentrequest_reference ON public.payments_paymentrequest USING btree (provider, provider_reference) WHERE (NOT ((provider_reference)::text = ''::text));



CREATE INDEX payments_payoutitem_line_id_56ebea54 ON public.payments_payoutitem USING btree (line_id);



CREATE INDEX payments_payoutitem_order_id_deeeea00 ON public.payments_payoutitem USING btree (order_id);



CREATE INDEX payments_provideraccount_organization_id_b4b0fd1e ON public.payments_provideraccount USING btree (organization_id);



CREATE INDEX payments_providerfact_journal_id_193116d5 ON public.payments_providerfact USING btree (journal_id);



CREATE UNIQUE INDEX payments_providerfact_movement ON public.payments_providerfact USING btree (provider, movement_reference) WHERE (NOT ((movement_reference)::text = ''::text));



CREATE INDEX payments_re_payer_i_bd6a99_idx ON public.payments_receipt USING btree (payer_id, id DESC);



CREATE INDEX payments_rebooking_bank_line_id_1538125e ON public.payments_rebooking USING btree (bank_line_id);



CREATE UNIQUE INDEX payments_rebooking_one_waits ON public.payments_rebooking USING btree (bank_line_id) WHERE ((state)::text = 'PROPOSED'::text);



CREATE INDEX payments_rebooking_public_id_4524f8db_like ON public.payments_rebooking USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_receipt_book_id_edf063bd ON public.payments_receipt USING btree (book_id);



CREATE INDEX payments_receipt_journal_id_51773f94 ON public.payments_receipt USING btree (journal_id);



CREATE INDEX payments_receipt_left ON public.payments_receipt USING btree (book_id, id) WHERE (left_minor > 0);



CREATE INDEX payments_receipt_payer_id_a22ec3ed ON public.payments_receipt USING btree (payer_id);



CREATE INDEX payments_receipt_public_id_16bcb72c_like ON public.payments_receipt USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_reconexception_bank_line_id_65aea000 ON public.payments_reconexception USING btree (bank_line_id);



CREATE INDEX payments_reconexception_book_id_5de680aa ON public.payments_reconexception USING btree (book_id);



CREATE INDEX payments_reconexception_holder_id_8b3ae77d ON public.payments_reconexception USING btree (holder_id);



CREATE INDEX payments_reconexception_movement_id_84b616e4 ON public.payments_reconexception USING btree (movement_id);



CREATE UNIQUE INDEX payments_reconexception_one_open ON public.payments_reconexception USING btree (book_id, reason, bank_line_id, statement_id, movement_id, settlement_id, order_id, reference) NULLS NOT DISTINCT WHERE ((state)::text = 'OPEN'::text);



CREATE INDEX payments_reconexception_order_id_de528d85 ON public.payments_reconexception USING btree (order_id);



CREATE INDEX payments_reconexception_public_id_6e6f8df8_like ON public.payments_reconexception USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_reconexception_settlement_id_5a1d535e ON public.payments_reconexception USING btree (settlement_id);



CREATE INDEX payments_reconexception_statement_id_53a46e48 ON public.payments_reconexception USING btree (statement_id);



CREATE INDEX payments_refund_note_id_ba3b1e73 ON public.payments_refund USING btree (note_id);



CREATE INDEX payments_refund_receipt_id_166a880f ON public.payments_refund USING btree (receipt_id);



CREATE INDEX payments_requestitem_invoice_id_a4664209 ON public.payments_requestitem USING btree (invoice_id);



CREATE INDEX payments_requestitem_request_id_a931603b ON public.payments_requestitem USING btree (request_id);



CREATE INDEX payments_settlement_public_id_dbf72a90_like ON public.payments_settlement USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_statement_file_id_e534f7b3 ON public.payments_statement USING btree (file_id);



CREATE INDEX payments_statement_public_id_62d2db0e_like ON public.payments_statement USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_statementdialect_bank_account_id_a7a660eb ON public.payments_statementdialect USING btree (bank_account_id);



CREATE INDEX payments_statementfile_bank_account_id_1e475f7e ON public.payments_statementfile USING btree (bank_account_id);



CREATE INDEX payments_statementfile_dialect_id_27f05174 ON public.payments_statementfile USING btree (dialect_id);



CREATE INDEX payments_statementfile_public_id_776c933b_like ON public.payments_statementfile USING btree (public_id varchar_pattern_ops);



CREATE INDEX payments_statementline_bank_line_id_a7999326 ON public.payments_statementline USING btree (bank_line_id);



CREATE INDEX payments_statementline_statement_id_0e2b52e7 ON public.payments_statementline USING btree (statement_id);



CREATE INDEX payments_subaccount_bank_account_id_f6d59bcf ON public.payments_subaccount USING btree (bank_account_id);



CREATE INDEX payments_suggestion_bank_line_id_1918fee2 ON public.payments_suggestion USING btree (bank_line_id);



CREATE UNIQUE INDEX payments_suggestion_one_open ON public.payments_suggestion USING btree (bank_line_id) WHERE ((state)::text = 'OPEN'::text);



CREATE INDEX payments_suggestion_public_id_99fcd288_like ON public.payments_suggestion USING btree (public_id varchar_pattern_ops);



CREATE UNIQUE INDEX payments_takeback_one_waits ON public.payments_takeback USING btree (order_id) WHERE ((state)::text = 'PROPOSED'::text);



CREATE INDEX payments_takeback_order_id_b3f3bbb8 ON public.payments_takeback USING btree (order_id);



CREATE INDEX payments_takeback_public_id_4137a098_like ON public.payments_takeback USING btree (public_id varchar_pattern_ops);



ALTER INDEX public.devices_archive_sequences_idx ATTACH PARTITION public.devices_archive_rest_device_id_epoch_number_sequence_hi_seq_idx;



ALTER INDEX public.devices_archive_pkey ATTACH PARTITION public.devices_archive_rest_pkey;



ALTER INDEX public.devices_block_sequences_idx ATTACH PARTITION public.devices_block_rest_device_id_epoch_number_sequence_hi_seque_idx;



ALTER INDEX public.devices_block_pkey ATTACH PARTITION public.devices_block_rest_pkey;



CREATE TRIGGER billing_acceptance_append_only BEFORE DELETE OR UPDATE ON public.billing_acceptance FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_account_append_only BEFORE DELETE OR UPDATE ON public.billing_account FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_account_floor AFTER INSERT ON public.billing_account FOR EACH ROW WHEN (new.has_floor) EXECUTE FUNCTION public.billing_account_floor();



CREATE TRIGGER billing_awardtax_append_only BEFORE DELETE OR UPDATE ON public.billing_awardtax FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_balance_frozen BEFORE INSERT OR DELETE OR UPDATE ON public.billing_accountbalance FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.billing_balance_frozen();



CREATE TRIGGER billing_billobjection_before_issue BEFORE INSERT ON public.billing_billobjection FOR EACH ROW EXECUTE FUNCTION public.billing_objection_before_issue();



CREATE TRIGGER billing_billobjection_closed_once BEFORE UPDATE ON public.billing_billobjection FOR EACH ROW EXECUTE FUNCTION public.billing_objection_closed_once();



CREATE TRIGGER billing_billobjection_stays BEFORE DELETE ON public.billing_billobjection FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_billtelling_append_only BEFORE DELETE OR UPDATE ON public.billing_billtelling FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_book_frozen BEFORE UPDATE ON public.billing_book FOR EACH ROW WHEN ((((old.code)::text IS DISTINCT FROM (new.code)::text) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text) OR ((old.currency)::text IS DISTINCT FROM (new.currency)::text) OR ((old.zone)::text IS DISTINCT FROM (new.zone)::text) OR (old.organization_id IS DISTINCT FROM new.organization_id) OR (old.opened_at IS DISTINCT FROM new.opened_at))) EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_book_stays BEFORE DELETE ON public.billing_book FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_budgetcrossing_append_only BEFORE DELETE OR UPDATE ON public.billing_budgetcrossing FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_checkfinding_solved BEFORE UPDATE ON public.billing_checkfinding FOR EACH ROW EXECUTE FUNCTION public.billing_checkfinding_solved();



CREATE TRIGGER billing_checkfinding_stays BEFORE DELETE ON public.billing_checkfinding FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_checkresult_append_only BEFORE DELETE OR UPDATE ON public.billing_checkresult FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_checkrun_append_only BEFORE DELETE OR UPDATE ON public.billing_checkrun FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_contracted_as_booked AFTER INSERT ON public.leasing_leasecommission FOR EACH ROW EXECUTE FUNCTION public.billing_terms_as_contracted();



CREATE TRIGGER billing_correctedday_append_only BEFORE DELETE OR UPDATE ON public.billing_correctedday FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_correction_decided BEFORE UPDATE ON public.billing_correction FOR EACH ROW EXECUTE FUNCTION public.billing_correction_decided();



CREATE CONSTRAINT TRIGGER billing_correction_has_notes AFTER INSERT OR UPDATE ON public.billing_correction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_correction_has_notes();



CREATE TRIGGER billing_correction_stays BEFORE DELETE ON public.billing_correction FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_dunninghold_ended BEFORE UPDATE ON public.billing_dunninghold FOR EACH ROW EXECUTE FUNCTION public.billing_dunninghold_ended();



CREATE TRIGGER billing_dunninghold_stays BEFORE DELETE ON public.billing_dunninghold FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_dunningitem_append_only BEFORE DELETE OR UPDATE ON public.billing_dunningitem FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_dunningitem_fits BEFORE INSERT ON public.billing_dunningitem FOR EACH ROW EXECUTE FUNCTION public.billing_dunningitem_fits();



CREATE TRIGGER billing_dunningletter_append_only BEFORE DELETE OR UPDATE ON public.billing_dunningletter FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_dunningpolicy_append_only BEFORE DELETE OR UPDATE ON public.billing_dunningpolicy FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fund_append_only BEFORE DELETE OR UPDATE ON public.billing_fund FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundclaim_append_only BEFORE DELETE ON public.billing_fundclaim FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundclaim_fits BEFORE INSERT ON public.billing_fundclaim FOR EACH ROW EXECUTE FUNCTION public.billing_fundclaim_fits();



CREATE TRIGGER billing_fundclaim_moves BEFORE UPDATE ON public.billing_fundclaim FOR EACH ROW EXECUTE FUNCTION public.billing_fundclaim_moves();



CREATE TRIGGER billing_fundclaimstep_append_only BEFORE DELETE OR UPDATE ON public.billing_fundclaimstep FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundcontribution_append_only BEFORE DELETE OR UPDATE ON public.billing_fundcontribution FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundmembership_append_only BEFORE DELETE ON public.billing_fundmembership FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundmembership_kept BEFORE UPDATE ON public.billing_fundmembership FOR EACH ROW EXECUTE FUNCTION public.billing_fundmembership_kept();



CREATE TRIGGER billing_fundrules_append_only BEFORE DELETE OR UPDATE ON public.billing_fundrules FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundtransfer_append_only BEFORE DELETE ON public.billing_fundtransfer FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_fundtransfer_fits BEFORE UPDATE ON public.billing_fundtransfer FOR EACH ROW EXECUTE FUNCTION public.billing_fundtransfer_fits();



CREATE TRIGGER billing_indicatorbaseline_append_only BEFORE DELETE OR UPDATE ON public.billing_indicatorbaseline FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER billing_inspection_append_only BEFORE DELETE OR UPDATE ON public.billing_inspection FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE CONSTRAINT TRIGGER billing_interest_is_claimed AFTER INSERT OR UPDATE ON public.billing_invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.kind)::text = 'INTEREST'::text)) EXECUTE FUNCTION public.billing_interest_is_claimed();



CREATE TRIGGER billing_interestclaim_append_only BEFORE DELETE OR UPDATE ON public.billing_interestclaim FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_interestclaim_fits AFTER INSERT ON public.billing_interestclaim FOR EACH ROW EXECUTE FUNCTION public.billing_interestclaim_fits();



CREATE TRIGGER billing_interestwaiver_granted BEFORE UPDATE ON public.billing_interestwaiver FOR EACH ROW EXECUTE FUNCTION public.billing_interestwaiver_granted();



CREATE TRIGGER billing_interestwaiver_stays BEFORE DELETE ON public.billing_interestwaiver FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE CONSTRAINT TRIGGER billing_invoice_adds_up AFTER INSERT OR UPDATE ON public.billing_invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_invoice_adds_up();



CREATE TRIGGER billing_invoice_issued BEFORE DELETE OR UPDATE ON public.billing_invoice FOR EACH ROW WHEN (((old.status)::text = 'ISSUED'::text)) EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_invoice_of_slot BEFORE INSERT OR UPDATE ON public.billing_invoice FOR EACH ROW WHEN (((new.booking_id IS NOT NULL) AND ((new.kind)::text <> 'INTEREST'::text))) EXECUTE FUNCTION public.billing_invoice_of_slot();



CREATE TRIGGER billing_invoice_stays_in_its_world BEFORE UPDATE ON public.billing_invoice FOR EACH ROW WHEN ((((old.seller_id <> new.seller_id) AND public.billing_mixed(old.seller_id, new.seller_id)) OR ((old.buyer_id <> new.buyer_id) AND public.billing_mixed(old.buyer_id, new.buyer_id)))) EXECUTE FUNCTION public.billing_refuse_mixed();



CREATE CONSTRAINT TRIGGER billing_invoiceline_adds_up AFTER INSERT OR DELETE OR UPDATE ON public.billing_invoiceline DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_invoice_adds_up();



CREATE TRIGGER billing_invoiceline_of_draft BEFORE DELETE OR UPDATE ON public.billing_invoiceline FOR EACH ROW EXECUTE FUNCTION public.billing_line_of_draft();



CREATE TRIGGER billing_invoiceline_of_drafts AFTER INSERT ON public.billing_invoiceline REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.billing_lines_of_drafts();



CREATE CONSTRAINT TRIGGER billing_invoiceline_without_usage AFTER DELETE OR UPDATE OF id ON public.billing_invoiceline DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_line_without_usage();



CREATE TRIGGER billing_invoicelinefact_of_draft BEFORE INSERT OR DELETE OR UPDATE ON public.billing_invoicelinefact FOR EACH ROW EXECUTE FUNCTION public.billing_usage_of_draft();



CREATE TRIGGER billing_invoicelinefact_of_line BEFORE INSERT OR UPDATE ON public.billing_invoicelinefact FOR EACH ROW EXECUTE FUNCTION public.billing_fact_of_line();



CREATE TRIGGER billing_invoicelineusage_of_draft BEFORE DELETE ON public.billing_invoicelineusage FOR EACH ROW EXECUTE FUNCTION public.billing_usage_of_draft();



CREATE TRIGGER billing_invoicelineusage_of_drafts AFTER INSERT ON public.billing_invoicelineusage REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.billing_usage_of_drafts();



CREATE TRIGGER billing_invoicelineusage_stays BEFORE UPDATE ON public.billing_invoicelineusage FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_invoicerun_moves BEFORE UPDATE ON public.billing_invoicerun FOR EACH ROW EXECUTE FUNCTION public.billing_invoicerun_moves();



CREATE TRIGGER billing_invoicerun_stays BEFORE DELETE ON public.billing_invoicerun FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_invoices_of_one_world AFTER INSERT ON public.billing_invoice REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.billing_invoices_of_one_world();



CREATE TRIGGER billing_journal_append_only BEFORE DELETE OR UPDATE ON public.billing_journal FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_journal_made_in BEFORE INSERT ON public.billing_journal FOR EACH ROW EXECUTE FUNCTION public.billing_journal_made_in();



CREATE CONSTRAINT TRIGGER billing_journal_whole AFTER INSERT ON public.billing_journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_journal_whole();



CREATE TRIGGER billing_journalline_append_only BEFORE DELETE OR UPDATE ON public.billing_journalline FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_journals_added AFTER INSERT ON public.billing_journal REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.billing_journals_added();



CREATE TRIGGER billing_lateterms_append_only BEFORE DELETE OR UPDATE ON public.billing_lateterms FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_lease_of_one_world AFTER INSERT OR UPDATE OF lessor_id, lessee_id ON public.leasing_lease FOR EACH ROW EXECUTE FUNCTION public.billing_lease_of_one_world();



CREATE TRIGGER billing_linedispute_decided BEFORE INSERT OR UPDATE ON public.billing_linedispute FOR EACH ROW EXECUTE FUNCTION public.billing_linedispute_decided();



CREATE TRIGGER billing_linedispute_is_not_settled BEFORE INSERT ON public.billing_linedispute FOR EACH ROW EXECUTE FUNCTION public.billing_linedispute_is_not_settled();



CREATE CONSTRAINT TRIGGER billing_linedispute_leaves_no_case AFTER UPDATE ON public.billing_linedispute DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_linedispute_leaves_no_case();



CREATE TRIGGER billing_linedispute_stays BEFORE DELETE ON public.billing_linedispute FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_linemediation_fits BEFORE INSERT OR UPDATE ON public.billing_linemediation FOR EACH ROW EXECUTE FUNCTION public.billing_linemediation_fits();



CREATE TRIGGER billing_linemediation_stays BEFORE DELETE ON public.billing_linemediation FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_lines_added AFTER INSERT ON public.billing_journalline REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.billing_lines_added();



CREATE TRIGGER billing_lines_of_one_world AFTER INSERT ON public.billing_journalline REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.billing_lines_of_one_world();



CREATE TRIGGER billing_loanapplication_fits BEFORE INSERT ON public.billing_loanapplication FOR EACH ROW EXECUTE FUNCTION public.billing_loanapplication_fits();



CREATE TRIGGER billing_loanapplication_moves BEFORE UPDATE ON public.billing_loanapplication FOR EACH ROW EXECUTE FUNCTION public.billing_loanapplication_moves();



CREATE TRIGGER billing_loanapplication_stays BEFORE DELETE ON public.billing_loanapplication FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE CONSTRAINT TRIGGER billing_loaninstalment_adds_up AFTER INSERT ON public.billing_loaninstalment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_loan_adds_up();



CREATE TRIGGER billing_loaninstalment_append_only BEFORE DELETE OR UPDATE ON public.billing_loaninstalment FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_loanlicence_append_only BEFORE DELETE OR UPDATE ON public.billing_loanlicence FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE CONSTRAINT TRIGGER billing_loanoffer_adds_up AFTER INSERT ON public.billing_loanoffer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_loan_adds_up();



CREATE TRIGGER billing_loanoffer_append_only BEFORE DELETE OR UPDATE ON public.billing_loanoffer FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_loanoffer_open BEFORE INSERT ON public.billing_loanoffer FOR EACH ROW EXECUTE FUNCTION public.billing_loanoffer_open();



CREATE TRIGGER billing_loanpayment_append_only BEFORE DELETE OR UPDATE ON public.billing_loanpayment FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_loanpayment_fits BEFORE INSERT ON public.billing_loanpayment FOR EACH ROW EXECUTE FUNCTION public.billing_loanpayment_fits();



CREATE TRIGGER billing_loanproduct_kept BEFORE UPDATE ON public.billing_loanproduct FOR EACH ROW EXECUTE FUNCTION public.billing_loanproduct_kept();



CREATE TRIGGER billing_loanproduct_stays BEFORE DELETE ON public.billing_loanproduct FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_loanstep_append_only BEFORE DELETE OR UPDATE ON public.billing_loanstep FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_mediationstep_append_only BEFORE DELETE OR UPDATE ON public.billing_mediationstep FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_meteringplan_append_only BEFORE DELETE OR UPDATE ON public.billing_meteringplan FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_no_synthetic_tax_invoice AFTER INSERT ON public.billing_taxinvoice FOR EACH ROW EXECUTE FUNCTION public.billing_no_synthetic_tax_invoice();



CREATE TRIGGER billing_note_of_invoice BEFORE INSERT OR UPDATE ON public.billing_invoice FOR EACH ROW WHEN (((new.kind)::text <> ALL (ARRAY[('INVOICE'::character varying)::text, ('INTEREST'::character varying)::text]))) EXECUTE FUNCTION public.billing_note_of_invoice();



CREATE TRIGGER billing_overduetelling_append_only BEFORE DELETE OR UPDATE ON public.billing_overduetelling FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER billing_paymentpromise_append_only BEFORE DELETE OR UPDATE ON public.billing_paymentpromise FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_periodlock_added BEFORE INSERT ON public.billing_periodlock FOR EACH ROW EXECUTE FUNCTION public.billing_periodlock_added();



CREATE TRIGGER billing_periodlock_append_only BEFORE DELETE OR UPDATE ON public.billing_periodlock FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_periodunlock_decided BEFORE UPDATE ON public.billing_periodunlock FOR EACH ROW WHEN ((((old.stage)::text <> 'OPEN'::text) OR ((old.book_id IS DISTINCT FROM new.book_id) OR (old.through IS DISTINCT FROM new.through) OR ((old.reason)::text IS DISTINCT FROM (new.reason)::text) OR ((old.maker)::text IS DISTINCT FROM (new.maker)::text) OR (old.made_at IS DISTINCT FROM new.made_at)))) EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_periodunlock_stays BEFORE DELETE ON public.billing_periodunlock FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_redletter_fits BEFORE INSERT ON public.billing_redletter FOR EACH ROW EXECUTE FUNCTION public.billing_redletter_fits();



CREATE TRIGGER billing_redletter_moves BEFORE UPDATE ON public.billing_redletter FOR EACH ROW EXECUTE FUNCTION public.billing_redletter_moves();



CREATE TRIGGER billing_redletter_stays BEFORE DELETE ON public.billing_redletter FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE CONSTRAINT TRIGGER billing_redletter_told AFTER INSERT OR UPDATE ON public.billing_redletter DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_redletter_told();



CREATE TRIGGER billing_redlettermove_append_only BEFORE DELETE OR UPDATE ON public.billing_redlettermove FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_reviewdecision_append_only BEFORE DELETE OR UPDATE ON public.billing_reviewdecision FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_runitem_fits BEFORE INSERT OR UPDATE ON public.billing_runitem FOR EACH ROW EXECUTE FUNCTION public.billing_runitem_fits();



CREATE TRIGGER billing_runitem_stays BEFORE DELETE ON public.billing_runitem FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_runpart_fits BEFORE INSERT OR UPDATE ON public.billing_runpart FOR EACH ROW EXECUTE FUNCTION public.billing_runpart_fits();



CREATE TRIGGER billing_runpart_stays BEFORE DELETE ON public.billing_runpart FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_seal_append_only BEFORE DELETE OR UPDATE ON public.billing_seal FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_seals_added AFTER INSERT ON public.billing_seal REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.billing_seals_added();



CREATE TRIGGER billing_subsidyadmission_append_only BEFORE DELETE ON public.billing_subsidyadmission FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidyadmission_kept BEFORE UPDATE ON public.billing_subsidyadmission FOR EACH ROW EXECUTE FUNCTION public.billing_subsidyadmission_kept();



CREATE TRIGGER billing_subsidybudget_append_only BEFORE DELETE OR UPDATE ON public.billing_subsidybudget FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidybudget_fits BEFORE INSERT ON public.billing_subsidybudget FOR EACH ROW EXECUTE FUNCTION public.billing_subsidybudget_fits();



CREATE TRIGGER billing_subsidygrant_append_only BEFORE DELETE OR UPDATE ON public.billing_subsidygrant FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidygrant_fits BEFORE INSERT ON public.billing_subsidygrant FOR EACH ROW EXECUTE FUNCTION public.billing_subsidygrant_fits();



CREATE TRIGGER billing_subsidygrant_follows BEFORE INSERT ON public.billing_subsidygrant FOR EACH ROW EXECUTE FUNCTION public.billing_subsidygrant_follows();



CREATE TRIGGER billing_subsidyitem_append_only BEFORE DELETE ON public.billing_subsidyitem FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidyitem_fits BEFORE INSERT OR UPDATE ON public.billing_subsidyitem FOR EACH ROW EXECUTE FUNCTION public.billing_subsidyitem_fits();



CREATE TRIGGER billing_subsidyprogramme_append_only BEFORE DELETE OR UPDATE ON public.billing_subsidyprogramme FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidyrules_append_only BEFORE DELETE OR UPDATE ON public.billing_subsidyrules FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidysettlement_append_only BEFORE DELETE ON public.billing_subsidysettlement FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_subsidysettlement_begins BEFORE INSERT ON public.billing_subsidysettlement FOR EACH ROW EXECUTE FUNCTION public.billing_subsidysettlement_begins();



CREATE TRIGGER billing_subsidysettlement_hands_on BEFORE UPDATE ON public.billing_subsidysettlement FOR EACH ROW EXECUTE FUNCTION public.billing_subsidysettlement_hands_on();



CREATE TRIGGER billing_subsidysettlement_moves BEFORE UPDATE ON public.billing_subsidysettlement FOR EACH ROW EXECUTE FUNCTION public.billing_subsidysettlement_moves();



CREATE TRIGGER billing_subsidystep_append_only BEFORE DELETE OR UPDATE ON public.billing_subsidystep FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_syntheticcontract_holds BEFORE INSERT OR UPDATE ON public.billing_syntheticcontract FOR EACH ROW EXECUTE FUNCTION public.billing_syntheticcontract_holds();



CREATE TRIGGER billing_syntheticcontract_stays BEFORE DELETE ON public.billing_syntheticcontract FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_tape_append_only BEFORE DELETE OR UPDATE ON public.billing_tape FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_taxdocument_append_only BEFORE DELETE OR UPDATE ON public.billing_taxdocument FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_taxinvoice_fits BEFORE INSERT ON public.billing_taxinvoice FOR EACH ROW EXECUTE FUNCTION public.billing_taxinvoice_fits();



CREATE TRIGGER billing_taxinvoice_kept BEFORE UPDATE ON public.billing_taxinvoice FOR EACH ROW EXECUTE FUNCTION public.billing_taxinvoice_kept();



CREATE CONSTRAINT TRIGGER billing_taxinvoice_of_letter AFTER INSERT OR UPDATE ON public.billing_taxinvoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.red_letter_id IS NOT NULL)) EXECUTE FUNCTION public.billing_taxinvoice_of_letter();



CREATE TRIGGER billing_taxinvoice_stays BEFORE DELETE ON public.billing_taxinvoice FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_taxinvoiceuse_append_only BEFORE DELETE OR UPDATE ON public.billing_taxinvoiceuse FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_terms_as_contracted AFTER INSERT OR UPDATE ON public.billing_bookingterms FOR EACH ROW EXECUTE FUNCTION public.billing_terms_as_contracted();



CREATE TRIGGER billing_terms_frozen BEFORE DELETE OR UPDATE ON public.billing_bookingterms FOR EACH ROW EXECUTE FUNCTION public.billing_terms_frozen();



CREATE TRIGGER billing_usagewindow_append_only BEFORE UPDATE ON public.billing_usagewindow FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_usagewindow_goes AFTER DELETE ON public.billing_usagewindow FOR EACH ROW EXECUTE FUNCTION public.billing_usagewindow_goes();



CREATE TRIGGER billing_windowset_append_only BEFORE UPDATE ON public.billing_windowset FOR EACH ROW EXECUTE FUNCTION public.billing_refuse();



CREATE TRIGGER billing_windowset_goes BEFORE DELETE ON public.billing_windowset FOR EACH ROW EXECUTE FUNCTION public.billing_windowset_goes();



CREATE TRIGGER devices_archive_append_only BEFORE DELETE OR UPDATE ON public.devices_archive FOR EACH ROW EXECUTE FUNCTION public.devices_archive_stays();



CREATE TRIGGER devices_block_append_only BEFORE DELETE OR UPDATE ON public.devices_block FOR EACH ROW EXECUTE FUNCTION public.devices_block_goes();



CREATE TRIGGER devices_channel_added AFTER INSERT ON public.devices_channel REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER devices_channel_changed AFTER UPDATE ON public.devices_channel REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER devices_channel_removed AFTER DELETE ON public.devices_channel REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER devices_countersignature_append_only BEFORE DELETE OR UPDATE ON public.devices_countersignature FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_daysignature_append_only BEFORE DELETE OR UPDATE ON public.devices_daysignature FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_device_changed AFTER UPDATE ON public.devices_device REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER devices_erasedrun_append_only BEFORE DELETE OR UPDATE ON public.devices_erasedrun FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_erasure_ordered AFTER INSERT ON public.devices_erasure REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER devices_erasure_stays BEFORE DELETE OR UPDATE ON public.devices_erasure FOR EACH ROW EXECUTE FUNCTION public.devices_erasure_stays();



CREATE TRIGGER devices_logentry_append_only BEFORE DELETE OR UPDATE ON public.devices_logentry FOR EACH ROW EXECUTE FUNCTION public.devices_logentry_goes();



CREATE TRIGGER devices_logentry_continues AFTER INSERT ON public.devices_logentry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.devices_logentry_continues();



CREATE TRIGGER devices_loghead_append_only BEFORE DELETE OR UPDATE ON public.devices_loghead FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_loghead_grows BEFORE INSERT ON public.devices_loghead FOR EACH ROW EXECUTE FUNCTION public.devices_loghead_grows();



CREATE TRIGGER devices_logkey_append_only BEFORE DELETE OR UPDATE ON public.devices_logkey FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_lognode_append_only BEFORE DELETE OR UPDATE ON public.devices_lognode FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_logpage_append_only BEFORE DELETE OR UPDATE ON public.devices_logpage FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_meterchange_append_only BEFORE DELETE OR UPDATE ON public.devices_meterchange FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER devices_statecode_added AFTER INSERT ON public.devices_statecode REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER devices_statecode_changed AFTER UPDATE ON public.devices_statecode REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.devices_revise();



CREATE TRIGGER leasing_annex_frozen BEFORE UPDATE ON public.leasing_annex FOR EACH ROW WHEN ((((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id) OR (new.number IS DISTINCT FROM old.number) OR ((new.kind)::text IS DISTINCT FROM (old.kind)::text) OR ((new.side)::text IS DISTINCT FROM (old.side)::text) OR (new.document IS DISTINCT FROM old.document) OR ((new.digest)::text IS DISTINCT FROM (old.digest)::text) OR (new.notice_id IS DISTINCT FROM old.notice_id) OR (new.valid_until IS DISTINCT FROM old.valid_until) OR ((new.made_by)::text IS DISTINCT FROM (old.made_by)::text) OR ((new.made_by_name)::text IS DISTINCT FROM (old.made_by_name)::text) OR (new.made_at IS DISTINCT FROM old.made_at) OR (((old.state)::text <> ALL (ARRAY[('PROPOSED'::character varying)::text, ('AGREED'::character varying)::text])) AND ((new.state)::text <> (old.state)::text)))) EXECUTE FUNCTION public.leasing_annex_is_frozen();



CREATE TRIGGER leasing_annex_kept BEFORE DELETE ON public.leasing_annex FOR EACH ROW EXECUTE FUNCTION public.leasing_annex_is_frozen();



CREATE TRIGGER leasing_annexapproval_append_only BEFORE DELETE OR UPDATE ON public.leasing_annexapproval FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_annexapproval_by_another BEFORE INSERT ON public.leasing_annexapproval FOR EACH ROW EXECUTE FUNCTION public.leasing_annexapproval_by_another();



CREATE TRIGGER leasing_commissionproposal_decided BEFORE INSERT OR DELETE OR UPDATE ON public.leasing_commissionproposal FOR EACH ROW EXECUTE FUNCTION public.leasing_commissionproposal_decided();



CREATE TRIGGER leasing_commissionrate_ends BEFORE DELETE OR UPDATE ON public.leasing_commissionrate FOR EACH ROW EXECUTE FUNCTION public.leasing_commissionrate_ends();



CREATE TRIGGER leasing_commissionrate_set BEFORE INSERT ON public.leasing_commissionrate FOR EACH ROW EXECUTE FUNCTION public.leasing_commissionrate_set();



CREATE TRIGGER leasing_conditionrecord_append_only BEFORE DELETE OR UPDATE ON public.leasing_conditionrecord FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_conditionrecord_not_referred BEFORE INSERT ON public.leasing_conditionrecord FOR EACH ROW WHEN (((new.kind)::text = 'RETURN'::text)) EXECUTE FUNCTION public.leasing_referred_return_is_not_replaced();



CREATE TRIGGER leasing_contract_append_only BEFORE DELETE OR UPDATE ON public.leasing_contract FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_creditlimit_append_only BEFORE DELETE OR UPDATE ON public.leasing_creditlimit FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_damageclaim_begins_as_claimed BEFORE INSERT ON public.leasing_damageclaim FOR EACH ROW WHEN ((((new.state)::text <> 'RAISED'::text) OR (new.asked_minor <> new.claimed_minor) OR (new.conceded_minor IS NOT NULL) OR (new.referred_at IS NOT NULL))) EXECUTE FUNCTION public.leasing_damageclaim_is_frozen();



CREATE TRIGGER leasing_damageclaim_frozen BEFORE UPDATE ON public.leasing_damageclaim FOR EACH ROW WHEN ((((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id) OR (new.unit_id IS DISTINCT FROM old.unit_id) OR (new.number IS DISTINCT FROM old.number) OR (new.document IS DISTINCT FROM old.document) OR ((new.digest)::text IS DISTINCT FROM (old.digest)::text) OR ((new.currency)::text IS DISTINCT FROM (old.currency)::text) OR (new.claimed_minor IS DISTINCT FROM old.claimed_minor) OR (new.reply_until IS DISTINCT FROM old.reply_until) OR (new.raised_at IS DISTINCT FROM old.raised_at) OR ((old.state)::text = ANY (ARRAY[('ACCEPTED'::character varying)::text, ('DECIDED'::character varying)::text, ('WITHDRAWN'::character varying)::text])) OR (new.asked_minor > old.asked_minor) OR ((old.conceded_minor IS NOT NULL) AND ((new.conceded_minor IS NULL) OR (new.conceded_minor < old.conceded_minor))) OR ((old.referred_at IS NOT NULL) AND (new.referred_at IS DISTINCT FROM old.referred_at)))) EXECUTE FUNCTION public.leasing_damageclaim_is_frozen();



CREATE TRIGGER leasing_damageclaim_in_time BEFORE INSERT ON public.leasing_damageclaim FOR EACH ROW EXECUTE FUNCTION public.leasing_damage_is_claimed_in_time();



CREATE TRIGGER leasing_damageclaim_kept BEFORE DELETE ON public.leasing_damageclaim FOR EACH ROW EXECUTE FUNCTION public.leasing_damageclaim_is_kept();



CREATE TRIGGER leasing_damageword_append_only BEFORE DELETE OR UPDATE ON public.leasing_damageword FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_defaultnotice_frozen BEFORE UPDATE ON public.leasing_defaultnotice FOR EACH ROW WHEN ((((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id) OR ((new.side)::text IS DISTINCT FROM (old.side)::text) OR (new.text IS DISTINCT FROM old.text) OR (new.given_at IS DISTINCT FROM old.given_at) OR ((new.given_by)::text IS DISTINCT FROM (old.given_by)::text) OR ((new.given_by_name)::text IS DISTINCT FROM (old.given_by_name)::text) OR (new.cure_until IS DISTINCT FROM old.cure_until) OR ((old.cured_at IS NOT NULL) AND (new.cured_at IS DISTINCT FROM old.cured_at)))) EXECUTE FUNCTION public.leasing_defaultnotice_is_frozen();



CREATE TRIGGER leasing_defaultnotice_kept BEFORE DELETE ON public.leasing_defaultnotice FOR EACH ROW EXECUTE FUNCTION public.leasing_defaultnotice_is_frozen();



CREATE TRIGGER leasing_deposit_begins_empty BEFORE INSERT ON public.leasing_deposit FOR EACH ROW WHEN (((new.held_minor <> 0) OR (new.released_minor <> 0) OR (new.set_off_minor <> 0))) EXECUTE FUNCTION public.leasing_deposit_is_frozen();



CREATE TRIGGER leasing_deposit_figures_frozen BEFORE UPDATE ON public.leasing_deposit FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND ((new.held_minor IS DISTINCT FROM old.held_minor) OR (new.released_minor IS DISTINCT FROM old.released_minor) OR (new.set_off_minor IS DISTINCT FROM old.set_off_minor) OR (new.amount_minor IS DISTINCT FROM old.amount_minor) OR ((new.currency)::text IS DISTINCT FROM (old.currency)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id)))) EXECUTE FUNCTION public.leasing_deposit_is_frozen();



CREATE TRIGGER leasing_depositmovement_append_only BEFORE DELETE OR UPDATE ON public.leasing_depositmovement FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_depositmovement_moves AFTER INSERT ON public.leasing_depositmovement FOR EACH ROW EXECUTE FUNCTION public.leasing_deposit_moves();



CREATE TRIGGER leasing_depositmovement_releases AFTER INSERT ON public.leasing_depositmovement FOR EACH ROW WHEN (((new.kind)::text = 'RELEASE'::text)) EXECUTE FUNCTION public.leasing_gives_back_as_settled();



CREATE TRIGGER leasing_depositmovement_sets_off AFTER INSERT ON public.leasing_depositmovement FOR EACH ROW WHEN (((new.kind)::text = 'SET_OFF'::text)) EXECUTE FUNCTION public.leasing_sets_off_as_agreed();



CREATE TRIGGER leasing_downtimecredit_append_only BEFORE DELETE OR UPDATE ON public.leasing_downtimecredit FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_downtimecredit_in_time BEFORE INSERT ON public.leasing_downtimecredit FOR EACH ROW EXECUTE FUNCTION public.leasing_credits_before_the_settlement();



CREATE CONSTRAINT TRIGGER leasing_financeinstalment_adds_up AFTER INSERT ON public.leasing_financeinstalment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.leasing_finance_adds_up();



CREATE TRIGGER leasing_financeinstalment_append_only BEFORE DELETE OR UPDATE ON public.leasing_financeinstalment FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE CONSTRAINT TRIGGER leasing_financelease_adds_up AFTER INSERT ON public.leasing_financelease DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.leasing_finance_adds_up();



CREATE TRIGGER leasing_financelease_append_only BEFORE DELETE OR UPDATE ON public.leasing_financelease FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_financelicence_append_only BEFORE DELETE OR UPDATE ON public.leasing_financelicence FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_financeregistration_append_only BEFORE DELETE OR UPDATE ON public.leasing_financeregistration FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_financeregistration_follows BEFORE INSERT ON public.leasing_financeregistration FOR EACH ROW EXECUTE FUNCTION public.leasing_registration_follows();



CREATE TRIGGER leasing_healthwarning_append_only BEFORE DELETE OR UPDATE ON public.leasing_healthwarning FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_insurancepolicy_append_only BEFORE DELETE OR UPDATE ON public.leasing_insurancepolicy FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_insurancepolicy_is_of_its_place BEFORE INSERT ON public.leasing_insurancepolicy FOR EACH ROW EXECUTE FUNCTION public.leasing_insurance_is_of_its_place();



CREATE TRIGGER leasing_lease_agreed_by_the_verified BEFORE UPDATE OF status ON public.leasing_lease FOR EACH ROW WHEN ((((new.status)::text <> (old.status)::text) AND ((new.status)::text = ANY (ARRAY[('ACCEPTED'::character varying)::text, ('CONTRACTED'::character varying)::text])))) EXECUTE FUNCTION public.leasing_agreed_by_the_verified();



CREATE TRIGGER leasing_lease_asked_by_the_verified BEFORE INSERT ON public.leasing_lease FOR EACH ROW EXECUTE FUNCTION public.leasing_agreed_by_the_verified();



CREATE TRIGGER leasing_lease_terms_frozen BEFORE UPDATE ON public.leasing_lease FOR EACH ROW WHEN ((((old.status)::text <> ALL (ARRAY[('REQUESTED'::character varying)::text, ('QUOTED'::character varying)::text, ('COUNTERED'::character varying)::text])) AND ((new.terms IS DISTINCT FROM old.terms) OR ((new.terms_digest)::text IS DISTINCT FROM (old.terms_digest)::text)))) EXECUTE FUNCTION public.leasing_terms_are_frozen();



CREATE TRIGGER leasing_leasecommission_append_only BEFORE DELETE OR UPDATE ON public.leasing_leasecommission FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_leasecommission_in_force BEFORE INSERT ON public.leasing_leasecommission FOR EACH ROW EXECUTE FUNCTION public.leasing_leasecommission_in_force();



CREATE TRIGGER leasing_leaseunit_back_with_a_record AFTER INSERT OR UPDATE OF state ON public.leasing_leaseunit FOR EACH ROW WHEN (((new.state)::text = ANY (ARRAY[('RETURNED'::character varying)::text, ('IN_INSPECTION'::character varying)::text, ('IN_REPAIR'::character varying)::text, ('READY'::character varying)::text]))) EXECUTE FUNCTION public.leasing_back_with_a_record();



CREATE CONSTRAINT TRIGGER leasing_leaseunit_follows_claim AFTER INSERT OR UPDATE OF equipment_id, claim_id ON public.leasing_leaseunit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.leasing_unit_follows_claim();



CREATE TRIGGER leasing_leaseunit_ready_by_is_not_renewed BEFORE UPDATE OF ready_by ON public.leasing_leaseunit FOR EACH ROW WHEN (((old.ready_by IS NOT NULL) AND (new.ready_by IS DISTINCT FROM old.ready_by))) EXECUTE FUNCTION public.leasing_ready_by_is_not_renewed();



CREATE TRIGGER leasing_maintenance_stays BEFORE DELETE OR UPDATE ON public.leasing_maintenanceticket FOR EACH ROW EXECUTE FUNCTION public.leasing_maintenance_stays();



CREATE TRIGGER leasing_offer_append_only BEFORE DELETE OR UPDATE ON public.leasing_offer FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_photo_append_only BEFORE DELETE OR UPDATE ON public.leasing_photo FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_planacceptance_append_only BEFORE DELETE OR UPDATE ON public.leasing_planacceptance FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_planacceptedannex_append_only BEFORE DELETE OR UPDATE ON public.leasing_planacceptedannex FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_planacceptedlease_append_only BEFORE DELETE OR UPDATE ON public.leasing_planacceptedlease FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_rating_append_only BEFORE DELETE OR UPDATE ON public.leasing_rating FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_rating_blind BEFORE INSERT ON public.leasing_rating FOR EACH ROW EXECUTE FUNCTION public.leasing_rating_blind();



CREATE TRIGGER leasing_ratinganswer_append_only BEFORE DELETE OR UPDATE ON public.leasing_ratinganswer FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_ratingmoderation_append_only BEFORE DELETE OR UPDATE ON public.leasing_ratingmoderation FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_ratinground_once BEFORE UPDATE ON public.leasing_ratinground FOR EACH ROW EXECUTE FUNCTION public.leasing_ratinground_once();



CREATE TRIGGER leasing_recordanswer_append_only BEFORE DELETE OR UPDATE ON public.leasing_recordanswer FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_referralword_append_only BEFORE DELETE OR UPDATE ON public.leasing_referralword FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_referralword_in_order BEFORE INSERT ON public.leasing_referralword FOR EACH ROW EXECUTE FUNCTION public.leasing_referral_is_in_order();



CREATE TRIGGER leasing_serviceorder_frozen BEFORE UPDATE ON public.leasing_serviceorder FOR EACH ROW WHEN ((((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id) OR (new.provider_id IS DISTINCT FROM old.provider_id) OR ((new.service_id)::text IS DISTINCT FROM (old.service_id)::text) OR (new.service IS DISTINCT FROM old.service) OR ((new.kind)::text IS DISTINCT FROM (old.kind)::text) OR ((new.basis)::text IS DISTINCT FROM (old.basis)::text) OR (new.number IS DISTINCT FROM old.number) OR (new.ordered_at IS DISTINCT FROM old.ordered_at) OR (new.by_lessee IS DISTINCT FROM old.by_lessee) OR (new.not_before IS DISTINCT FROM old.not_before) OR (new.month_from IS DISTINCT FROM old.month_from) OR (new.month_to IS DISTINCT FROM old.month_to))) EXECUTE FUNCTION public.leasing_serviceorder_is_frozen();



CREATE TRIGGER leasing_serviceorder_kept BEFORE DELETE ON public.leasing_serviceorder FOR EACH ROW EXECUTE FUNCTION public.leasing_serviceorder_is_frozen();



CREATE TRIGGER leasing_serviceorder_settled BEFORE UPDATE ON public.leasing_serviceorder FOR EACH ROW WHEN (((old.status)::text = ANY (ARRAY[('ACCEPTED'::character varying)::text, ('CANCELLED'::character varying)::text]))) EXECUTE FUNCTION public.leasing_serviceorder_is_frozen();



CREATE TRIGGER leasing_serviceorderstep_append_only BEFORE DELETE OR UPDATE ON public.leasing_serviceorderstep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_settlement_frozen BEFORE UPDATE ON public.leasing_settlement FOR EACH ROW WHEN ((((old.state)::text <> 'PROPOSED'::text) OR (((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id) OR (new.number IS DISTINCT FROM old.number) OR ((new.side)::text IS DISTINCT FROM (old.side)::text) OR (new.document IS DISTINCT FROM old.document) OR ((new.digest)::text IS DISTINCT FROM (old.digest)::text) OR ((new.currency)::text IS DISTINCT FROM (old.currency)::text) OR (new.set_off_minor IS DISTINCT FROM old.set_off_minor) OR (new.balance_minor IS DISTINCT FROM old.balance_minor) OR (new.text IS DISTINCT FROM old.text) OR ((new.made_by_name)::text IS DISTINCT FROM (old.made_by_name)::text) OR (new.made_at IS DISTINCT FROM old.made_at) OR (new.answer_by IS DISTINCT FROM old.answer_by)) OR ((old.referred_at IS NOT NULL) AND ((new.referred_at IS DISTINCT FROM old.referred_at) OR (new.referred_text IS DISTINCT FROM old.referred_text))))) EXECUTE FUNCTION public.leasing_settlement_is_frozen();



CREATE TRIGGER leasing_settlement_kept BEFORE DELETE ON public.leasing_settlement FOR EACH ROW EXECUTE FUNCTION public.leasing_settlement_is_frozen();



CREATE TRIGGER leasing_signature_append_only BEFORE DELETE OR UPDATE ON public.leasing_signature FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_slotbooking_document_frozen BEFORE UPDATE ON public.leasing_slotbooking FOR EACH ROW WHEN (((new.document IS DISTINCT FROM old.document) OR ((new.digest)::text IS DISTINCT FROM (old.digest)::text) OR (new.listing_id IS DISTINCT FROM old.listing_id) OR (new.schedule_id IS DISTINCT FROM old.schedule_id) OR (new.equipment_id IS DISTINCT FROM old.equipment_id) OR (new.claim_id IS DISTINCT FROM old.claim_id) OR (new.lessor_id IS DISTINCT FROM old.lessor_id) OR (new.lessee_id IS DISTINCT FROM old.lessee_id) OR (new.starts_at IS DISTINCT FROM old.starts_at) OR (new.ends_at IS DISTINCT FROM old.ends_at) OR (new.slots IS DISTINCT FROM old.slots) OR (new.price_minor IS DISTINCT FROM old.price_minor) OR (new.amount_minor IS DISTINCT FROM old.amount_minor) OR ((new.currency)::text IS DISTINCT FROM (old.currency)::text) OR ((new.note)::text IS DISTINCT FROM (old.note)::text) OR (new.booked_at IS DISTINCT FROM old.booked_at))) EXECUTE FUNCTION public.leasing_slotbooking_is_frozen();



CREATE TRIGGER leasing_slotstep_append_only BEFORE DELETE OR UPDATE ON public.leasing_slotstep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_sublease_document_frozen BEFORE UPDATE ON public.leasing_sublease FOR EACH ROW WHEN (((new.document IS DISTINCT FROM old.document) OR ((new.digest)::text IS DISTINCT FROM (old.digest)::text) OR (new.lease_id IS DISTINCT FROM old.lease_id) OR (new.unit_id IS DISTINCT FROM old.unit_id) OR (new.under_id IS DISTINCT FROM old.under_id) OR (new.depth IS DISTINCT FROM old.depth) OR (new.sublessor_id IS DISTINCT FROM old.sublessor_id) OR (new.sublessee_id IS DISTINCT FROM old.sublessee_id) OR (new.asked IS DISTINCT FROM old.asked) OR (new.starts_at IS DISTINCT FROM old.starts_at) OR (new.ends_at IS DISTINCT FROM old.ends_at) OR ((new.place)::text IS DISTINCT FROM (old.place)::text))) EXECUTE FUNCTION public.leasing_sublease_is_frozen();



CREATE TRIGGER leasing_subleasestep_append_only BEFORE DELETE OR UPDATE ON public.leasing_subleasestep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_termstemplate_append_only BEFORE DELETE OR UPDATE ON public.leasing_termstemplate FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_ticket_report_frozen BEFORE UPDATE ON public.leasing_ticket FOR EACH ROW WHEN (((new.lease_id IS DISTINCT FROM old.lease_id) OR (new.unit_id IS DISTINCT FROM old.unit_id) OR (new.raised_by_id IS DISTINCT FROM old.raised_by_id) OR ((new.severity)::text IS DISTINCT FROM (old.severity)::text) OR (new.text IS DISTINCT FROM old.text) OR (new.down_from IS DISTINCT FROM old.down_from) OR (new.reported_at IS DISTINCT FROM old.reported_at))) EXECUTE FUNCTION public.leasing_ticket_is_frozen();



CREATE TRIGGER leasing_ticket_settled_frozen BEFORE UPDATE ON public.leasing_ticket FOR EACH ROW WHEN ((((old.attribution)::text = ANY (ARRAY[('AGREED'::character varying)::text, ('DECIDED'::character varying)::text])) AND (((new.attribution)::text IS DISTINCT FROM (old.attribution)::text) OR ((new.cause)::text IS DISTINCT FROM (old.cause)::text) OR ((new.remedy)::text IS DISTINCT FROM (old.remedy)::text) OR (new.evidence IS DISTINCT FROM old.evidence) OR (new.down_to IS DISTINCT FROM old.down_to) OR ((new.status)::text IS DISTINCT FROM (old.status)::text)))) EXECUTE FUNCTION public.leasing_ticket_is_frozen();



CREATE TRIGGER leasing_ticketphoto_append_only BEFORE DELETE OR UPDATE ON public.leasing_ticketphoto FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_ticketphoto_of_its_lease BEFORE INSERT ON public.leasing_ticketphoto FOR EACH ROW EXECUTE FUNCTION public.leasing_ticketphoto_of_its_lease();



CREATE TRIGGER leasing_ticketstep_append_only BEFORE DELETE OR UPDATE ON public.leasing_ticketstep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_transition_append_only BEFORE DELETE OR UPDATE ON public.leasing_transition FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER leasing_transition_both_signed BEFORE INSERT ON public.leasing_transition FOR EACH ROW WHEN (((new.move)::text = 'contract'::text)) EXECUTE FUNCTION public.leasing_both_have_signed();



CREATE TRIGGER leasing_transition_closes BEFORE INSERT ON public.leasing_transition FOR EACH ROW WHEN (((new.move)::text = 'close'::text)) EXECUTE FUNCTION public.leasing_closes_when_nothing_is_held();



CREATE TRIGGER leasing_transition_settles BEFORE INSERT ON public.leasing_transition FOR EACH ROW WHEN (((new.move)::text = 'settle'::text)) EXECUTE FUNCTION public.leasing_settles_when_nothing_is_open();



CREATE TRIGGER marketplace_announcement_drafted BEFORE INSERT ON public.marketplace_announcement FOR EACH ROW WHEN (((new.state)::text <> 'DRAFT'::text)) EXECUTE FUNCTION public.marketplace_announcement_stays();



CREATE TRIGGER marketplace_announcement_frozen BEFORE UPDATE ON public.marketplace_announcement FOR EACH ROW WHEN (((((old.state)::text = 'DRAFT'::text) AND ((new.state)::text = 'WITHDRAWN'::text)) OR (((old.state)::text <> 'DRAFT'::text) AND (((old.state)::text <> 'PUBLISHED'::text) OR ((new.state)::text <> 'WITHDRAWN'::text))) OR (((old.state)::text <> 'DRAFT'::text) AND (((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR ((new.kind)::text IS DISTINCT FROM (old.kind)::text) OR ((new.title_zh)::text IS DISTINCT FROM (old.title_zh)::text) OR ((new.title_en)::text IS DISTINCT FROM (old.title_en)::text) OR (new.text_zh IS DISTINCT FROM old.text_zh) OR (new.text_en IS DISTINCT FROM old.text_en) OR ((new.audience)::text IS DISTINCT FROM (old.audience)::text) OR ((new.region)::text IS DISTINCT FROM (old.region)::text) OR (new.shown_from IS DISTINCT FROM old.shown_from) OR (new.shown_until IS DISTINCT FROM old.shown_until) OR (new.in_force_from IS DISTINCT FROM old.in_force_from) OR (new.begins_at IS DISTINCT FROM old.begins_at) OR (new.ends_at IS DISTINCT FROM old.ends_at) OR ((new.made_by)::text IS DISTINCT FROM (old.made_by)::text) OR (new.made_at IS DISTINCT FROM old.made_at) OR (new.published_at IS DISTINCT FROM old.published_at))))) EXECUTE FUNCTION public.marketplace_announcement_stays();



CREATE TRIGGER marketplace_announcement_kept BEFORE DELETE ON public.marketplace_announcement FOR EACH ROW WHEN (((old.state)::text <> 'DRAFT'::text)) EXECUTE FUNCTION public.marketplace_announcement_stays();



CREATE TRIGGER marketplace_auditentry_append_only BEFORE DELETE OR UPDATE ON public.marketplace_auditentry FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_chain_leader BEFORE UPDATE ON public.marketplace_chain FOR EACH ROW WHEN ((new.leader_id <> old.leader_id)) EXECUTE FUNCTION public.marketplace_chain_keeps_its_leader();



CREATE TRIGGER marketplace_chainmember_other BEFORE INSERT OR UPDATE OF chain_id, member_id ON public.marketplace_chainmember FOR EACH ROW EXECUTE FUNCTION public.marketplace_chainmember_is_another();



CREATE TRIGGER marketplace_claim_counted BEFORE UPDATE ON public.marketplace_claim FOR EACH ROW EXECUTE FUNCTION public.marketplace_claim_counts();



CREATE CONSTRAINT TRIGGER marketplace_claim_leads_unit AFTER UPDATE OF equipment_id ON public.marketplace_claim DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.leasing_unit_follows_claim();



CREATE TRIGGER marketplace_claim_times_told AFTER INSERT OR DELETE OR UPDATE OF equipment_id, period, active, movable ON public.marketplace_claim FOR EACH ROW EXECUTE FUNCTION public.marketplace_times_told();



CREATE TRIGGER marketplace_contentstep_append_only BEFORE DELETE OR UPDATE ON public.marketplace_contentstep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_dictionaryversion_append_only BEFORE DELETE OR UPDATE ON public.marketplace_dictionaryversion FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_encumbrancesearch_append_only BEFORE DELETE OR UPDATE ON public.marketplace_encumbrancesearch FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_equipment_times_told AFTER UPDATE OF status ON public.marketplace_equipment FOR EACH ROW WHEN (((new.status)::text <> (old.status)::text)) EXECUTE FUNCTION public.marketplace_times_told();



CREATE TRIGGER marketplace_equipmentcheck_append_only BEFORE DELETE OR UPDATE ON public.marketplace_equipmentcheck FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_equipmentdocument_same_file BEFORE UPDATE ON public.marketplace_equipmentdocument FOR EACH ROW WHEN (((old.content <> new.content) OR ((old.sha256)::text <> (new.sha256)::text) OR (old.equipment_id <> new.equipment_id))) EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_equipmentrecord_append_only BEFORE DELETE OR UPDATE ON public.marketplace_equipmentrecord FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_equipmentrecord_batch_once BEFORE INSERT ON public.marketplace_equipmentrecord FOR EACH ROW EXECUTE FUNCTION public.marketplace_batch_has_one_record();



CREATE TRIGGER marketplace_equipmentrecord_replaces_its_like BEFORE INSERT ON public.marketplace_equipmentrecord FOR EACH ROW EXECUTE FUNCTION public.marketplace_record_replaces_its_like();



CREATE TRIGGER marketplace_event_stands BEFORE UPDATE ON public.marketplace_event FOR EACH ROW EXECUTE FUNCTION public.marketplace_event_stands();



CREATE TRIGGER marketplace_listing_chain BEFORE UPDATE OF chain_id, owner_id ON public.marketplace_listing FOR EACH ROW WHEN ((new.chain_id IS NOT NULL)) EXECUTE FUNCTION public.marketplace_chain_is_led_by('owner_id');



CREATE TRIGGER marketplace_listing_chain_insert BEFORE INSERT ON public.marketplace_listing FOR EACH ROW WHEN ((new.chain_id IS NOT NULL)) EXECUTE FUNCTION public.marketplace_chain_is_led_by('owner_id');



CREATE TRIGGER marketplace_listing_made_by_the_verified BEFORE INSERT ON public.marketplace_listing FOR EACH ROW WHEN (((new.status)::text = 'PUBLISHED'::text)) EXECUTE FUNCTION public.marketplace_offered_by_the_verified();



CREATE TRIGGER marketplace_listing_of_the_verified BEFORE UPDATE ON public.marketplace_listing FOR EACH ROW WHEN ((((new.status)::text = 'PUBLISHED'::text) AND (((old.status)::text <> 'PUBLISHED'::text) OR (old.owner_id <> new.owner_id)))) EXECUTE FUNCTION public.marketplace_offered_by_the_verified();



CREATE TRIGGER marketplace_listing_times_told AFTER UPDATE OF buffer_before_hours, buffer_after_hours ON public.marketplace_listing FOR EACH ROW WHEN (((new.buffer_before_hours <> old.buffer_before_hours) OR (new.buffer_after_hours <> old.buffer_after_hours))) EXECUTE FUNCTION public.marketplace_times_told();



CREATE TRIGGER marketplace_listingservice_frozen BEFORE UPDATE ON public.marketplace_listingservice FOR EACH ROW WHEN ((((new.public_id)::text IS DISTINCT FROM (old.public_id)::text) OR (new.listing_id IS DISTINCT FROM old.listing_id) OR (new.provider_id IS DISTINCT FROM old.provider_id) OR ((new.provider_name)::text IS DISTINCT FROM (old.provider_name)::text) OR ((new.kind)::text IS DISTINCT FROM (old.kind)::text) OR ((new.basis)::text IS DISTINCT FROM (old.basis)::text) OR (new.price_minor IS DISTINCT FROM old.price_minor) OR ((new.currency)::text IS DISTINCT FROM (old.currency)::text) OR ((new.tax_category)::text IS DISTINCT FROM (old.tax_category)::text) OR (new.lead_hours IS DISTINCT FROM old.lead_hours) OR (new.required IS DISTINCT FROM old.required) OR ((new.description_zh)::text IS DISTINCT FROM (old.description_zh)::text) OR ((new.description_en)::text IS DISTINCT FROM (old.description_en)::text) OR ((new.digest)::text IS DISTINCT FROM (old.digest)::text) OR (new.offered_at IS DISTINCT FROM old.offered_at))) EXECUTE FUNCTION public.marketplace_service_is_frozen();



CREATE TRIGGER marketplace_listingunit_times_told AFTER INSERT OR DELETE OR UPDATE ON public.marketplace_listingunit FOR EACH ROW EXECUTE FUNCTION public.marketplace_times_told();



CREATE TRIGGER marketplace_maturitydeclaration_append_only BEFORE DELETE OR UPDATE ON public.marketplace_maturitydeclaration FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_message_append_only BEFORE DELETE OR UPDATE ON public.marketplace_message FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_message_of_a_side BEFORE INSERT ON public.marketplace_message FOR EACH ROW EXECUTE FUNCTION public.marketplace_message_is_of_a_side();



CREATE TRIGGER marketplace_movedclock_only_forward BEFORE DELETE OR UPDATE ON public.marketplace_movedclock FOR EACH ROW EXECUTE FUNCTION public.marketplace_clock_only_forward();



CREATE TRIGGER marketplace_need_chain BEFORE INSERT OR UPDATE OF chain_id, poster_id ON public.marketplace_need FOR EACH ROW WHEN ((new.chain_id IS NOT NULL)) EXECUTE FUNCTION public.marketplace_chain_is_led_by('poster_id');



CREATE TRIGGER marketplace_need_frozen BEFORE UPDATE ON public.marketplace_need FOR EACH ROW WHEN ((((old.status)::text <> 'DRAFT'::text) AND (((to_jsonb(new.*) - ARRAY['status'::text, 'over_at'::text, 'reason'::text, 'chosen_id'::text, 'lease'::text]) <> (to_jsonb(old.*) - ARRAY['status'::text, 'over_at'::text, 'reason'::text, 'chosen_id'::text, 'lease'::text])) OR ((new.status)::text = 'DRAFT'::text) OR ((old.status)::text = ANY (ARRAY[('EXPIRED'::character varying)::text, ('WITHDRAWN'::character varying)::text])) OR (((old.status)::text = 'FULFILLED'::text) AND (NOT (((new.status)::text = 'CLOSED'::text) AND ((new.lease)::text = ''::text))))))) EXECUTE FUNCTION public.marketplace_need_is_frozen();



CREATE TRIGGER marketplace_organizationcheck_append_only BEFORE DELETE OR UPDATE ON public.marketplace_organizationcheck FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_privacyacceptance_append_only BEFORE DELETE OR UPDATE ON public.marketplace_privacyacceptance FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_refurbishment_is_over BEFORE DELETE OR UPDATE ON public.marketplace_refurbishment FOR EACH ROW WHEN ((old.finished_at IS NOT NULL)) EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_refurbishmententry_append_only BEFORE DELETE OR UPDATE ON public.marketplace_refurbishmententry FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_scrapping_append_only BEFORE DELETE OR UPDATE ON public.marketplace_scrapping FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_slotschedule_append_only BEFORE DELETE OR UPDATE ON public.marketplace_slotschedule FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_specstatement_append_only BEFORE DELETE OR UPDATE ON public.marketplace_specstatement FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_synthetic_for_ever BEFORE UPDATE ON public.marketplace_organization FOR EACH ROW WHEN ((old.is_synthetic <> new.is_synthetic)) EXECUTE FUNCTION public.marketplace_synthetic_for_ever();



CREATE TRIGGER marketplace_vatstatement_append_only BEFORE DELETE OR UPDATE ON public.marketplace_vatstatement FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_verificationpaper_append_only BEFORE DELETE OR UPDATE ON public.marketplace_verificationpaper FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_verificationstep_append_only BEFORE DELETE OR UPDATE ON public.marketplace_verificationstep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER marketplace_webhookattempt_stands BEFORE UPDATE ON public.marketplace_webhookattempt FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_accessevent_append_only BEFORE DELETE OR UPDATE ON public.ownership_accessevent FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_accessevent_waits AFTER INSERT ON public.ownership_accessevent REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.ownership_accessevent_waits();



CREATE TRIGGER ownership_agreement_around AFTER UPDATE OF period ON public.ownership_agreement FOR EACH ROW WHEN ((new.period IS DISTINCT FROM old.period)) EXECUTE FUNCTION public.ownership_agreement_is_around();



CREATE TRIGGER ownership_agreement_inside BEFORE INSERT OR UPDATE OF under_id, above, equipment_id, owner_id, lessee_id, period ON public.ownership_agreement FOR EACH ROW EXECUTE FUNCTION public.ownership_agreement_is_inside();



CREATE TRIGGER ownership_agreementversion_append_only BEFORE DELETE OR UPDATE ON public.ownership_agreementversion FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_bordercheck_append_only BEFORE DELETE OR UPDATE ON public.ownership_bordercheck FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_certificate_append_only BEFORE DELETE OR UPDATE ON public.ownership_certificate FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_datalicence_append_only BEFORE DELETE OR UPDATE ON public.ownership_datalicence FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_datalicence_fits BEFORE INSERT ON public.ownership_datalicence FOR EACH ROW EXECUTE FUNCTION public.ownership_datalicence_fits();



CREATE TRIGGER ownership_dataproduct_kept BEFORE DELETE OR UPDATE ON public.ownership_dataproduct FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_declaredcompetitor_append_only BEFORE DELETE OR UPDATE ON public.ownership_declaredcompetitor FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_evententry_append_only BEFORE DELETE OR UPDATE ON public.ownership_evententry FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_evententry_continues AFTER INSERT ON public.ownership_evententry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.ownership_evententry_continues();



CREATE TRIGGER ownership_eventhead_append_only BEFORE DELETE OR UPDATE ON public.ownership_eventhead FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_eventhead_grows BEFORE INSERT ON public.ownership_eventhead FOR EACH ROW EXECUTE FUNCTION public.ownership_eventhead_grows();



CREATE TRIGGER ownership_eventnode_append_only BEFORE DELETE OR UPDATE ON public.ownership_eventnode FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_gatekeeperentry_append_only BEFORE DELETE OR UPDATE ON public.ownership_gatekeeperentry FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_grading_append_only BEFORE DELETE OR UPDATE ON public.ownership_grading FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_grant_changes BEFORE DELETE OR UPDATE ON public.ownership_grant FOR EACH ROW EXECUTE FUNCTION public.ownership_grant_changes();



CREATE TRIGGER ownership_grant_of_its_machine BEFORE INSERT ON public.ownership_grant FOR EACH ROW EXECUTE FUNCTION public.ownership_grant_of_its_machine();



CREATE TRIGGER ownership_grant_shared BEFORE UPDATE ON public.ownership_grant FOR EACH ROW WHEN ((((new.kind)::text = 'SHARING'::text) AND (new.given_at IS NOT NULL) AND (old.given_at IS NULL))) EXECUTE FUNCTION public.ownership_grant_shared();



CREATE TRIGGER ownership_grant_shared_at_once BEFORE INSERT ON public.ownership_grant FOR EACH ROW WHEN ((((new.kind)::text = 'SHARING'::text) AND (new.given_at IS NOT NULL))) EXECUTE FUNCTION public.ownership_grant_shared();



CREATE TRIGGER ownership_licencestep_append_only BEFORE DELETE OR UPDATE ON public.ownership_licencestep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_licencestep_fits BEFORE INSERT ON public.ownership_licencestep FOR EACH ROW EXECUTE FUNCTION public.ownership_licencestep_fits();



CREATE TRIGGER ownership_loggedperson_one_way BEFORE DELETE OR UPDATE ON public.ownership_loggedperson FOR EACH ROW EXECUTE FUNCTION public.ownership_loggedperson_one_way();



CREATE TRIGGER ownership_notice_append_only BEFORE DELETE OR UPDATE ON public.ownership_notice FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_noticeacceptance_append_only BEFORE DELETE OR UPDATE ON public.ownership_noticeacceptance FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_paymentduty_frozen BEFORE DELETE OR UPDATE ON public.ownership_paymentduty FOR EACH ROW EXECUTE FUNCTION public.ownership_paymentduty_frozen();



CREATE TRIGGER ownership_productstep_append_only BEFORE DELETE OR UPDATE ON public.ownership_productstep FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_productstep_fits BEFORE INSERT ON public.ownership_productstep FOR EACH ROW EXECUTE FUNCTION public.ownership_productstep_fits();



CREATE TRIGGER ownership_productversion_append_only BEFORE DELETE OR UPDATE ON public.ownership_productversion FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_productversion_fits BEFORE INSERT ON public.ownership_productversion FOR EACH ROW EXECUTE FUNCTION public.ownership_productversion_fits();



CREATE TRIGGER ownership_registration_kept BEFORE DELETE ON public.ownership_registration FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_registrationentry_append_only BEFORE DELETE OR UPDATE ON public.ownership_registrationentry FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_registrationsignature_append_only BEFORE DELETE OR UPDATE ON public.ownership_registrationsignature FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_sharingobjection_changes BEFORE DELETE OR UPDATE ON public.ownership_sharingobjection FOR EACH ROW EXECUTE FUNCTION public.ownership_sharingobjection_changes();



CREATE TRIGGER ownership_sharingrequest_changes BEFORE DELETE OR UPDATE ON public.ownership_sharingrequest FOR EACH ROW EXECUTE FUNCTION public.ownership_sharingrequest_changes();



CREATE TRIGGER ownership_takencopy_append_only BEFORE DELETE OR UPDATE ON public.ownership_takencopy FOR EACH ROW EXECUTE FUNCTION public.marketplace_refuse_rewrite();



CREATE TRIGGER ownership_unsealedevent_leaves AFTER DELETE ON public.ownership_unsealedevent REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.ownership_unsealedevent_leaves();



CREATE TRIGGER payments_acceptancebill_begins BEFORE INSERT ON public.payments_acceptancebill FOR EACH ROW EXECUTE FUNCTION public.payments_acceptancebill_begins();



CREATE TRIGGER payments_acceptancebill_ends AFTER UPDATE ON public.payments_acceptancebill FOR EACH ROW EXECUTE FUNCTION public.payments_acceptancebill_ends();



CREATE TRIGGER payments_acceptancebill_keeps BEFORE UPDATE ON public.payments_acceptancebill FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'asks', 'asker', 'asker_name', 'bank_line_id', 'ended_on', 'decider');



CREATE TRIGGER payments_acceptancebill_moves BEFORE UPDATE ON public.payments_acceptancebill FOR EACH ROW EXECUTE FUNCTION public.payments_acceptancebill_moves();



CREATE TRIGGER payments_acceptancebill_stays BEFORE DELETE ON public.payments_acceptancebill FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_allocation_fits AFTER INSERT ON public.payments_allocation REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.payments_allocation_fits();



CREATE TRIGGER payments_allocation_stays BEFORE DELETE OR UPDATE ON public.payments_allocation FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_bankline_stays BEFORE DELETE OR UPDATE ON public.payments_bankline FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_billstep_stays BEFORE DELETE OR UPDATE ON public.payments_billstep FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_classification_keeps BEFORE UPDATE ON public.payments_classification FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'journal_id');



CREATE TRIGGER payments_classification_moves BEFORE INSERT OR UPDATE ON public.payments_classification FOR EACH ROW EXECUTE FUNCTION public.payments_classification_moves();



CREATE TRIGGER payments_classification_stays BEFORE DELETE ON public.payments_classification FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_disputeloss_stays BEFORE DELETE OR UPDATE ON public.payments_disputeloss FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_disputeloss_takes AFTER INSERT ON public.payments_disputeloss FOR EACH ROW EXECUTE FUNCTION public.payments_disputeloss_takes();



CREATE TRIGGER payments_linebooking_counts BEFORE INSERT ON public.payments_linebooking FOR EACH ROW EXECUTE FUNCTION public.payments_linebooking_counts();



CREATE TRIGGER payments_linebooking_holds_again AFTER INSERT ON public.payments_linebooking FOR EACH ROW WHEN ((((new.kind)::text = 'RECEIPT'::text) AND (new.number > 1))) EXECUTE FUNCTION public.payments_linebooking_holds_again();



CREATE TRIGGER payments_linebooking_stays BEFORE DELETE OR UPDATE ON public.payments_linebooking FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_linebooking_takes_back AFTER INSERT ON public.payments_linebooking FOR EACH ROW WHEN (((new.kind)::text = 'UNDO'::text)) EXECUTE FUNCTION public.payments_linebooking_takes_back();



CREATE TRIGGER payments_movement_keeps BEFORE UPDATE ON public.payments_movement FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('settlement_id', 'fact_id', 'available_at');



CREATE TRIGGER payments_movement_stays BEFORE DELETE ON public.payments_movement FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_operation_keeps BEFORE UPDATE ON public.payments_operation FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'reference', 'journal_id');



CREATE TRIGGER payments_operation_stays BEFORE DELETE ON public.payments_operation FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_operationattempt_ends BEFORE UPDATE ON public.payments_operationattempt FOR EACH ROW EXECUTE FUNCTION public.payments_attempt_ends();



CREATE TRIGGER payments_operationattempt_keeps BEFORE UPDATE ON public.payments_operationattempt FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'code', 'answer', 'sends', 'sent_at', 'answered_at');



CREATE TRIGGER payments_operationattempt_stays BEFORE DELETE ON public.payments_operationattempt FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_orderfile_stays BEFORE DELETE OR UPDATE ON public.payments_orderfile FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_orderstep_stays BEFORE DELETE OR UPDATE ON public.payments_orderstep FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_ownerrelease_stays BEFORE DELETE OR UPDATE ON public.payments_ownerrelease FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_payeeaccount_keeps BEFORE UPDATE ON public.payments_payeeaccount FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('stage', 'checker', 'checker_name', 'checked_at');



CREATE TRIGGER payments_payeraccount_keeps BEFORE UPDATE ON public.payments_payeraccount FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('stage', 'checker', 'checker_name', 'checked_at');



CREATE TRIGGER payments_paymentorder_begins BEFORE INSERT ON public.payments_paymentorder FOR EACH ROW EXECUTE FUNCTION public.payments_paymentorder_begins();



CREATE TRIGGER payments_paymentorder_moves BEFORE UPDATE ON public.payments_paymentorder FOR EACH ROW EXECUTE FUNCTION public.payments_paymentorder_moves();



CREATE TRIGGER payments_paymentorder_pays AFTER UPDATE ON public.payments_paymentorder FOR EACH ROW EXECUTE FUNCTION public.payments_paymentorder_pays();



CREATE TRIGGER payments_paymentorder_stays BEFORE DELETE ON public.payments_paymentorder FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_payoutitem_once AFTER INSERT ON public.payments_payoutitem FOR EACH ROW EXECUTE FUNCTION public.payments_payoutitem_once();



CREATE TRIGGER payments_payoutitem_stays BEFORE DELETE OR UPDATE ON public.payments_payoutitem FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_providerevent_keeps BEFORE UPDATE ON public.payments_providerevent FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'reason', 'looked_at');



CREATE TRIGGER payments_providerevent_stays BEFORE DELETE ON public.payments_providerevent FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_providerfact_stays BEFORE DELETE OR UPDATE ON public.payments_providerfact FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_rebooking_begins BEFORE INSERT ON public.payments_rebooking FOR EACH ROW EXECUTE FUNCTION public.payments_rebooking_begins();



CREATE TRIGGER payments_rebooking_decided BEFORE UPDATE ON public.payments_rebooking FOR EACH ROW EXECUTE FUNCTION public.payments_rebooking_decided();



CREATE TRIGGER payments_rebooking_keeps BEFORE UPDATE ON public.payments_rebooking FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'booking_id');



CREATE TRIGGER payments_rebooking_stays BEFORE DELETE ON public.payments_rebooking FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_receipt_moves BEFORE UPDATE ON public.payments_receipt FOR EACH ROW EXECUTE FUNCTION public.payments_receipt_moves();



CREATE TRIGGER payments_receipt_stays BEFORE DELETE ON public.payments_receipt FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_refund_stays BEFORE DELETE OR UPDATE ON public.payments_refund FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_requestitem_stays BEFORE DELETE OR UPDATE ON public.payments_requestitem FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_settlement_keeps BEFORE UPDATE ON public.payments_settlement FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'trace', 'arrives_on', 'is_complete');



CREATE TRIGGER payments_settlement_stays BEFORE DELETE ON public.payments_settlement FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_statement_stays BEFORE DELETE OR UPDATE ON public.payments_statement FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_statementdialect_stays BEFORE DELETE OR UPDATE ON public.payments_statementdialect FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_statementfile_moves BEFORE UPDATE ON public.payments_statementfile FOR EACH ROW EXECUTE FUNCTION public.payments_statementfile_moves();



CREATE TRIGGER payments_statementfile_stays BEFORE DELETE ON public.payments_statementfile FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_statementline_stays BEFORE DELETE OR UPDATE ON public.payments_statementline FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



CREATE TRIGGER payments_suggestion_keeps BEFORE UPDATE ON public.payments_suggestion FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'decided_by', 'decided_at');



CREATE TRIGGER payments_takeback_begins BEFORE INSERT ON public.payments_takeback FOR EACH ROW EXECUTE FUNCTION public.payments_takeback_begins();



CREATE TRIGGER payments_takeback_decided BEFORE UPDATE ON public.payments_takeback FOR EACH ROW EXECUTE FUNCTION public.payments_takeback_decided();



CREATE TRIGGER payments_takeback_keeps BEFORE UPDATE ON public.payments_takeback FOR EACH ROW EXECUTE FUNCTION public.payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'operation_id');



CREATE TRIGGER payments_takeback_stays BEFORE DELETE ON public.payments_takeback FOR EACH ROW EXECUTE FUNCTION public.payments_never_changes();



ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_acceptance
    ADD CONSTRAINT billing_acceptance_by_id_3214b206_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_acceptance
    ADD CONSTRAINT billing_acceptance_device_id_e75975aa_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_acceptance
    ADD CONSTRAINT billing_acceptance_organization_id_385a3711_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_acceptance
    ADD CONSTRAINT billing_acceptance_unit_id_673bd561_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_account
    ADD CONSTRAINT billing_account_book_id_f58c3fe5_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_account
    ADD CONSTRAINT billing_account_lease_id_24670c17_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_account
    ADD CONSTRAINT billing_account_party_id_9c579d00_fk_marketpla FOREIGN KEY (party_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_accountbalance
    ADD CONSTRAINT billing_accountbalan_account_id_c58597e4_fk_billing_a FOREIGN KEY (account_id) REFERENCES public.billing_account(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_awardtax
    ADD CONSTRAINT billing_awardtax_lease_id_2a0e8575_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billingfailure
    ADD CONSTRAINT billing_billingfailure_lease_id_9d81f693_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billingmark
    ADD CONSTRAINT billing_billingmark_lease_id_634b0ec5_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billingmode
    ADD CONSTRAINT billing_billingmode_organization_id_ccacb6f2_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billingmode
    ADD CONSTRAINT billing_billingmode_set_by_id_8313070a_fk_marketplace_user_id FOREIGN KEY (set_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjectio_decided_by_id_a02ba6b0_fk_marketpla FOREIGN KEY (decided_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjectio_organization_id_6d6274d1_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjectio_raised_by_id_0951212d_fk_marketpla FOREIGN KEY (raised_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjectio_seller_id_ccab92c5_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjection_invoice_id_c0a8ddec_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billobjection
    ADD CONSTRAINT billing_billobjection_lease_id_5f53a0fb_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billtelling
    ADD CONSTRAINT billing_billtelling_lease_id_8f81ff9a_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billtelling
    ADD CONSTRAINT billing_billtelling_organization_id_96a697cf_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_billtelling
    ADD CONSTRAINT billing_billtelling_person_id_0b429e93_fk_marketplace_user_id FOREIGN KEY (person_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_book
    ADD CONSTRAINT billing_book_organization_id_d166a821_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_bookingterms
    ADD CONSTRAINT billing_bookingterms_lease_id_4ed89eb9_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_budget
    ADD CONSTRAINT billing_budget_lease_id_80c083fa_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_budget
    ADD CONSTRAINT billing_budget_organization_id_c4b40e29_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_budgetcrossing
    ADD CONSTRAINT billing_budgetcrossing_budget_id_6c6f67e1_fk_billing_budget_id FOREIGN KEY (budget_id) REFERENCES public.billing_budget(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_invoice_id_f0b94b29_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_lease_id_284df9b4_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_run_id_d407524e_fk_billing_checkrun_id FOREIGN KEY (run_id) REFERENCES public.billing_checkrun(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_seller_id_d64bc5ed_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkfinding
    ADD CONSTRAINT billing_checkfinding_solved_in_id_5edb50a2_fk_billing_c FOREIGN KEY (solved_in_id) REFERENCES public.billing_checkrun(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkpoint
    ADD CONSTRAINT billing_checkpoint_binding_id_f4fd5dad_fk_devices_binding_id FOREIGN KEY (binding_id) REFERENCES public.devices_binding(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkpoint
    ADD CONSTRAINT billing_checkpoint_device_id_f29a0834_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkpoint
    ADD CONSTRAINT billing_checkpoint_unit_id_7fd0ffd0_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_checkresult
    ADD CONSTRAINT billing_checkresult_run_id_0a2307b9_fk_billing_checkrun_id FOREIGN KEY (run_id) REFERENCES public.billing_checkrun(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correctedday
    ADD CONSTRAINT billing_correctedday_after_id_1a997830_fk_billing_windowset_id FOREIGN KEY (after_id) REFERENCES public.billing_windowset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correctedday
    ADD CONSTRAINT billing_correctedday_before_id_ef1c6efe_fk_billing_windowset_id FOREIGN KEY (before_id) REFERENCES public.billing_windowset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correctedday
    ADD CONSTRAINT billing_correctedday_correction_id_6a4c139c_fk_billing_c FOREIGN KEY (correction_id) REFERENCES public.billing_correction(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correction
    ADD CONSTRAINT billing_correction_approved_by_id_3d73dfce_fk_marketpla FOREIGN KEY (approved_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correction
    ADD CONSTRAINT billing_correction_approved_for_id_5be7fe96_fk_marketpla FOREIGN KEY (approved_for_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correction
    ADD CONSTRAINT billing_correction_booking_id_7fb60efa_fk_leasing_s FOREIGN KEY (booking_id) REFERENCES public.leasing_slotbooking(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_correction
    ADD CONSTRAINT billing_correction_lease_id_64b1be07_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunninghold
    ADD CONSTRAINT billing_dunninghold_buyer_id_074bc3de_fk_marketpla FOREIGN KEY (buyer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunninghold
    ADD CONSTRAINT billing_dunninghold_ended_by_id_d54aa7c3_fk_marketplace_user_id FOREIGN KEY (ended_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunninghold
    ADD CONSTRAINT billing_dunninghold_made_by_id_290b51e5_fk_marketplace_user_id FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunninghold
    ADD CONSTRAINT billing_dunninghold_seller_id_aa30737e_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningitem
    ADD CONSTRAINT billing_dunningitem_invoice_id_b6b3699d_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningitem
    ADD CONSTRAINT billing_dunningitem_letter_id_833440ca_fk_billing_d FOREIGN KEY (letter_id) REFERENCES public.billing_dunningletter(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningletter
    ADD CONSTRAINT billing_dunninglette_buyer_id_df747d4c_fk_marketpla FOREIGN KEY (buyer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningletter
    ADD CONSTRAINT billing_dunninglette_policy_id_cedc9694_fk_billing_d FOREIGN KEY (policy_id) REFERENCES public.billing_dunningpolicy(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningletter
    ADD CONSTRAINT billing_dunninglette_seller_id_fb75990b_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningpolicy
    ADD CONSTRAINT billing_dunningpolic_made_by_id_853fbf1f_fk_marketpla FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_dunningpolicy
    ADD CONSTRAINT billing_dunningpolic_seller_id_bb352487_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_factslook
    ADD CONSTRAINT billing_factslook_lease_id_8bfcb32e_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fund
    ADD CONSTRAINT billing_fund_book_id_6a04bd90_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_fund_id_b450bc00_fk_billing_fund_id FOREIGN KEY (fund_id) REFERENCES public.billing_fund(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_invoice_id_20bf5bb1_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_lessee_id_a5304f38_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_owner_id_8673dd85_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundclaim
    ADD CONSTRAINT billing_fundclaim_rules_id_4eccff9f_fk_billing_fundrules_id FOREIGN KEY (rules_id) REFERENCES public.billing_fundrules(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundclaimstep
    ADD CONSTRAINT billing_fundclaimstep_claim_id_095d394b_fk_billing_fundclaim_id FOREIGN KEY (claim_id) REFERENCES public.billing_fundclaim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribu_invoice_id_05aab5da_fk_billing_i FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribu_journal_id_95c11533_fk_billing_j FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribu_rules_id_930a961d_fk_billing_f FOREIGN KEY (rules_id) REFERENCES public.billing_fundrules(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundcontribution
    ADD CONSTRAINT billing_fundcontribution_fund_id_53fcb2fd_fk_billing_fund_id FOREIGN KEY (fund_id) REFERENCES public.billing_fund(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundmembership
    ADD CONSTRAINT billing_fundmembersh_owner_id_4f822c99_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundmembership
    ADD CONSTRAINT billing_fundmembership_fund_id_d5e90af2_fk_billing_fund_id FOREIGN KEY (fund_id) REFERENCES public.billing_fund(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundrules
    ADD CONSTRAINT billing_fundrules_fund_id_244edc65_fk_billing_fund_id FOREIGN KEY (fund_id) REFERENCES public.billing_fund(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundtransfer
    ADD CONSTRAINT billing_fundtransfer_claim_id_c289690f_fk_billing_fundclaim_id FOREIGN KEY (claim_id) REFERENCES public.billing_fundclaim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_fundtransfer
    ADD CONSTRAINT billing_fundtransfer_fund_id_b2395cc3_fk_billing_fund_id FOREIGN KEY (fund_id) REFERENCES public.billing_fund(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_inspection
    ADD CONSTRAINT billing_inspection_by_id_4b6e0dd3_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_inspection
    ADD CONSTRAINT billing_inspection_device_id_bbbec653_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_inspection
    ADD CONSTRAINT billing_inspection_organization_id_70bc4f98_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_inspection
    ADD CONSTRAINT billing_inspection_unit_id_44dfae69_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclai_document_id_aeda252f_fk_billing_i FOREIGN KEY (document_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclai_made_by_id_08d41873_fk_marketpla FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclaim_invoice_id_9cd59929_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestclaim
    ADD CONSTRAINT billing_interestclaim_terms_id_fe225d62_fk_billing_lateterms_id FOREIGN KEY (terms_id) REFERENCES public.billing_lateterms(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestwaiver
    ADD CONSTRAINT billing_interestwaiv_granted_by_id_7cb21904_fk_marketpla FOREIGN KEY (granted_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestwaiver
    ADD CONSTRAINT billing_interestwaiv_invoice_id_b5a67b85_fk_billing_i FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_interestwaiver
    ADD CONSTRAINT billing_interestwaiv_made_by_id_2147587d_fk_marketpla FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_booking_id_f2a6d21e_fk_leasing_slotbooking_id FOREIGN KEY (booking_id) REFERENCES public.leasing_slotbooking(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_buyer_id_dab13997_fk_marketpla FOREIGN KEY (buyer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_correction_id_6ba78a85_fk_billing_correction_id FOREIGN KEY (correction_id) REFERENCES public.billing_correction(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_corrects_id_8155d10c_fk_billing_invoice_id FOREIGN KEY (corrects_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_lease_id_7220a767_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoice
    ADD CONSTRAINT billing_invoice_seller_id_e37fad1b_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoiceline
    ADD CONSTRAINT billing_invoiceline_invoice_id_ff507e12_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoicelinefact
    ADD CONSTRAINT billing_invoicelinef_line_id_43de0beb_fk_billing_i FOREIGN KEY (line_id) REFERENCES public.billing_invoiceline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoicerun
    ADD CONSTRAINT billing_invoicerun_approver_id_94b5bd25_fk_marketplace_user_id FOREIGN KEY (approver_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoicerun
    ADD CONSTRAINT billing_invoicerun_maker_id_2a5479b0_fk_marketplace_user_id FOREIGN KEY (maker_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_invoicerun
    ADD CONSTRAINT billing_invoicerun_organization_id_280b1998_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journal
    ADD CONSTRAINT billing_journal_book_id_4fc569b5_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journal
    ADD CONSTRAINT billing_journal_reverses_id_89d6123b_fk_billing_journal_id FOREIGN KEY (reverses_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_account_id_4d3d31ca_fk_billing_account_id FOREIGN KEY (account_id) REFERENCES public.billing_account(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_equipment_id_9b1d376d_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_invoice_id_4d1d8b52_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_journal_id_c8b95477_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_lease_id_8cde64d8_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_owner_id_ff68e980_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_journalline
    ADD CONSTRAINT billing_journalline_party_id_798f7f64_fk_marketpla FOREIGN KEY (party_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_lateterms
    ADD CONSTRAINT billing_lateterms_made_by_id_3e07ea56_fk_marketplace_user_id FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_lateterms
    ADD CONSTRAINT billing_lateterms_seller_id_3d71bb11_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_linedispute
    ADD CONSTRAINT billing_linedispute_decided_by_id_97a74ce1_fk_marketpla FOREIGN KEY (decided_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_linedispute
    ADD CONSTRAINT billing_linedispute_line_id_201d79c4_fk_billing_invoiceline_id FOREIGN KEY (line_id) REFERENCES public.billing_invoiceline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_linedispute
    ADD CONSTRAINT billing_linedispute_objection_id_5e79d6ca_fk_billing_b FOREIGN KEY (objection_id) REFERENCES public.billing_billobjection(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_linedispute
    ADD CONSTRAINT billing_linedispute_raised_by_id_c1ea208f_fk_marketpla FOREIGN KEY (raised_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_linemediation
    ADD CONSTRAINT billing_linemediatio_dispute_id_7d33be3d_fk_billing_l FOREIGN KEY (dispute_id) REFERENCES public.billing_linedispute(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanapplication
    ADD CONSTRAINT billing_loanapplicat_lender_id_8d487ae2_fk_marketpla FOREIGN KEY (lender_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanapplication
    ADD CONSTRAINT billing_loanapplicat_lessee_id_f105394c_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanapplication
    ADD CONSTRAINT billing_loanapplicat_product_id_412c5116_fk_billing_l FOREIGN KEY (product_id) REFERENCES public.billing_loanproduct(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanapplication
    ADD CONSTRAINT billing_loanapplication_lease_id_591b505e_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loaninstalment
    ADD CONSTRAINT billing_loaninstalme_offer_id_8f295d5e_fk_billing_l FOREIGN KEY (offer_id) REFERENCES public.billing_loanoffer(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanlicence
    ADD CONSTRAINT billing_loanlicence_organization_id_f6c34090_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanoffer
    ADD CONSTRAINT billing_loanoffer_application_id_25d181a7_fk_billing_l FOREIGN KEY (application_id) REFERENCES public.billing_loanapplication(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanpayment
    ADD CONSTRAINT billing_loanpayment_application_id_a416cd2d_fk_billing_l FOREIGN KEY (application_id) REFERENCES public.billing_loanapplication(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanpayment
    ADD CONSTRAINT billing_loanpayment_takes_back_id_a64279a9_fk_billing_l FOREIGN KEY (takes_back_id) REFERENCES public.billing_loanpayment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanproduct
    ADD CONSTRAINT billing_loanproduct_lender_id_7f58a861_fk_marketpla FOREIGN KEY (lender_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_loanstep
    ADD CONSTRAINT billing_loanstep_application_id_031d4896_fk_billing_l FOREIGN KEY (application_id) REFERENCES public.billing_loanapplication(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_mediationstep
    ADD CONSTRAINT billing_mediationste_mediation_id_a6223533_fk_billing_l FOREIGN KEY (mediation_id) REFERENCES public.billing_linemediation(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_meteringplan
    ADD CONSTRAINT billing_meteringplan_device_id_ef892f57_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_meteringplan
    ADD CONSTRAINT billing_meteringplan_unit_id_bc9139d7_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_numbersequence
    ADD CONSTRAINT billing_numbersequen_seller_id_78658f8f_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_overduetelling
    ADD CONSTRAINT billing_overduetelli_invoice_id_db29acd9_fk_billing_i FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_paymentpromise
    ADD CONSTRAINT billing_paymentpromi_invoice_id_1065b9ef_fk_billing_i FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_paymentpromise
    ADD CONSTRAINT billing_paymentpromi_made_by_id_241e0a62_fk_marketpla FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_periodlock
    ADD CONSTRAINT billing_periodlock_book_id_e5742dd2_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_periodlock
    ADD CONSTRAINT billing_periodlock_unlock_id_8c7cef08_fk_billing_p FOREIGN KEY (unlock_id) REFERENCES public.billing_periodunlock(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_periodunlock
    ADD CONSTRAINT billing_periodunlock_book_id_81924a7b_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_redletter
    ADD CONSTRAINT billing_redletter_applicant_id_9ae49ac4_fk_marketpla FOREIGN KEY (applicant_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_redletter
    ADD CONSTRAINT billing_redletter_blue_id_5451e284_fk_billing_taxinvoice_id FOREIGN KEY (blue_id) REFERENCES public.billing_taxinvoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_redletter
    ADD CONSTRAINT billing_redletter_note_id_d511b6bb_fk_billing_invoice_id FOREIGN KEY (note_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_redlettermove
    ADD CONSTRAINT billing_redlettermov_letter_id_5e4a7e7e_fk_billing_r FOREIGN KEY (letter_id) REFERENCES public.billing_redletter(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_redlettermove
    ADD CONSTRAINT billing_redlettermov_organization_id_26fef8d8_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_reviewdecision
    ADD CONSTRAINT billing_reviewdecisi_item_id_1eddabbd_fk_billing_r FOREIGN KEY (item_id) REFERENCES public.billing_reviewitem(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_reviewdecision
    ADD CONSTRAINT billing_reviewdecision_by_id_fd9a5979_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_reviewitem
    ADD CONSTRAINT billing_reviewitem_device_id_f21484e2_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_reviewitem
    ADD CONSTRAINT billing_reviewitem_opened_with_id_32ce58b5_fk_billing_w FOREIGN KEY (opened_with_id) REFERENCES public.billing_windowset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_reviewitem
    ADD CONSTRAINT billing_reviewitem_unit_id_7260d248_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_booking_id_90d5031f_fk_leasing_slotbooking_id FOREIGN KEY (booking_id) REFERENCES public.leasing_slotbooking(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_lease_id_23482007_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_left_out_by_id_04989cb6_fk_marketplace_user_id FOREIGN KEY (left_out_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runitem
    ADD CONSTRAINT billing_runitem_run_id_5a54a0a5_fk_billing_invoicerun_id FOREIGN KEY (run_id) REFERENCES public.billing_invoicerun(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runpart
    ADD CONSTRAINT billing_runpart_invoice_id_dd51261d_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runpart
    ADD CONSTRAINT billing_runpart_item_id_792afb96_fk_billing_runitem_id FOREIGN KEY (item_id) REFERENCES public.billing_runitem(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_runpart
    ADD CONSTRAINT billing_runpart_seller_id_f86cb006_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_seal
    ADD CONSTRAINT billing_seal_book_id_68d298ce_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_seal
    ADD CONSTRAINT billing_seal_journal_id_dc0d6f17_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyadmission
    ADD CONSTRAINT billing_subsidyadmis_lessee_id_824a4259_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyadmission
    ADD CONSTRAINT billing_subsidyadmis_programme_id_66520aa4_fk_billing_s FOREIGN KEY (programme_id) REFERENCES public.billing_subsidyprogramme(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidybudget
    ADD CONSTRAINT billing_subsidybudge_programme_id_54df136f_fk_billing_s FOREIGN KEY (programme_id) REFERENCES public.billing_subsidyprogramme(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_first_id_9ec8f241_fk_billing_invoice_id FOREIGN KEY (first_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_invoice_id_faee2d14_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_journal_id_9bc4589a_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_lessee_id_9c08f489_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_programme_id_c262bdf5_fk_billing_s FOREIGN KEY (programme_id) REFERENCES public.billing_subsidyprogramme(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidygrant
    ADD CONSTRAINT billing_subsidygrant_rules_id_7853c79c_fk_billing_s FOREIGN KEY (rules_id) REFERENCES public.billing_subsidyrules(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyitem
    ADD CONSTRAINT billing_subsidyitem_grant_id_4020e1b0_fk_billing_s FOREIGN KEY (grant_id) REFERENCES public.billing_subsidygrant(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyitem
    ADD CONSTRAINT billing_subsidyitem_settlement_id_9c50ecfe_fk_billing_s FOREIGN KEY (settlement_id) REFERENCES public.billing_subsidysettlement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyprogramme
    ADD CONSTRAINT billing_subsidyprogr_authority_id_7ee95d9e_fk_marketpla FOREIGN KEY (authority_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyprogramme
    ADD CONSTRAINT billing_subsidyprogr_operator_id_1889e8aa_fk_marketpla FOREIGN KEY (operator_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidyrules
    ADD CONSTRAINT billing_subsidyrules_programme_id_b61468ef_fk_billing_s FOREIGN KEY (programme_id) REFERENCES public.billing_subsidyprogramme(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidysettlement
    ADD CONSTRAINT billing_subsidysettl_programme_id_e032b5de_fk_billing_s FOREIGN KEY (programme_id) REFERENCES public.billing_subsidyprogramme(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_subsidystep
    ADD CONSTRAINT billing_subsidystep_settlement_id_f044aa62_fk_billing_s FOREIGN KEY (settlement_id) REFERENCES public.billing_subsidysettlement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_syntheticcontract
    ADD CONSTRAINT billing_syntheticcon_device_id_cc633d81_fk_devices_d FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_syntheticcontract
    ADD CONSTRAINT billing_syntheticcontract_lease_id_a72aa180_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_tape
    ADD CONSTRAINT billing_tape_book_id_6632b4db_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_tape
    ADD CONSTRAINT billing_tape_seller_id_57c2b714_fk_marketplace_organization_id FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_taxdocument
    ADD CONSTRAINT billing_taxdocument_tax_invoice_id_7951cdbf_fk_billing_t FOREIGN KEY (tax_invoice_id) REFERENCES public.billing_taxinvoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_taxinvoice
    ADD CONSTRAINT billing_taxinvoice_invoice_id_0f06cd86_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_taxinvoice
    ADD CONSTRAINT billing_taxinvoice_organization_id_e8602d20_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_taxinvoice
    ADD CONSTRAINT billing_taxinvoice_red_letter_id_e4822d9b_fk_billing_r FOREIGN KEY (red_letter_id) REFERENCES public.billing_redletter(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_taxinvoiceuse
    ADD CONSTRAINT billing_taxinvoiceus_organization_id_610150c3_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_taxinvoiceuse
    ADD CONSTRAINT billing_taxinvoiceus_tax_invoice_id_b98d32ed_fk_billing_t FOREIGN KEY (tax_invoice_id) REFERENCES public.billing_taxinvoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_usagewindow
    ADD CONSTRAINT billing_usagewindow_device_id_0e59a595_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_usagewindow
    ADD CONSTRAINT billing_usagewindow_set_id_e8427a62_fk_billing_windowset_id FOREIGN KEY (set_id) REFERENCES public.billing_windowset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_watermark
    ADD CONSTRAINT billing_watermark_device_id_157ad86b_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_watermark
    ADD CONSTRAINT billing_watermark_unit_id_a4729c07_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_windowset
    ADD CONSTRAINT billing_windowset_device_id_cb7b3be4_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.billing_windowset
    ADD CONSTRAINT billing_windowset_unit_id_9e055313_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_binding
    ADD CONSTRAINT devices_binding_device_id_35467af6_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_binding
    ADD CONSTRAINT devices_binding_equipment_id_1521cc5a_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_channel
    ADD CONSTRAINT devices_channel_device_id_fa12b113_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_claimcode
    ADD CONSTRAINT devices_claimcode_device_id_a0071b8e_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_countersignature
    ADD CONSTRAINT devices_countersigna_head_id_8007763b_fk_devices_l FOREIGN KEY (head_id) REFERENCES public.devices_loghead(size) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_countersignature
    ADD CONSTRAINT devices_countersigna_key_id_d9d6bddf_fk_devices_s FOREIGN KEY (key_id) REFERENCES public.devices_signingkey(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_daysignature
    ADD CONSTRAINT devices_daysignature_device_id_70ef1dac_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_daysignature
    ADD CONSTRAINT devices_daysignature_key_id_ca098461_fk_devices_d FOREIGN KEY (key_id) REFERENCES public.devices_devicesigningkey(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_device
    ADD CONSTRAINT devices_device_owner_id_bf771b03_fk_marketplace_organization_id FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_devicekey
    ADD CONSTRAINT devices_devicekey_device_id_ed66f685_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_devicekey
    ADD CONSTRAINT devices_devicekey_replaces_id_c0ac21be_fk_devices_devicekey_id FOREIGN KEY (replaces_id) REFERENCES public.devices_devicekey(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_devicesigningkey
    ADD CONSTRAINT devices_devicesignin_device_id_dde1a1f5_fk_devices_d FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_epoch
    ADD CONSTRAINT devices_epoch_device_id_6e7083d3_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_erasedrun
    ADD CONSTRAINT devices_erasedrun_erasure_id_42a6bb94_fk_devices_erasure_id FOREIGN KEY (erasure_id) REFERENCES public.devices_erasure(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_erasure
    ADD CONSTRAINT devices_erasure_device_id_ed1eb507_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_gap
    ADD CONSTRAINT devices_gap_device_id_4f0f11a6_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_gap
    ADD CONSTRAINT devices_gap_epoch_id_73b0c27e_fk_devices_epoch_id FOREIGN KEY (epoch_id) REFERENCES public.devices_epoch(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_head
    ADD CONSTRAINT devices_head_device_id_e5176b34_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_loghead
    ADD CONSTRAINT devices_loghead_key_id_10ef3304_fk_devices_logkey_key_id FOREIGN KEY (key_id) REFERENCES public.devices_logkey(key_id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_meterchange
    ADD CONSTRAINT devices_meterchange_channel_id_87215118_fk_devices_channel_id FOREIGN KEY (channel_id) REFERENCES public.devices_channel(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_meterchange
    ADD CONSTRAINT devices_meterchange_corrects_id_ddac133d_fk_devices_m FOREIGN KEY (corrects_id) REFERENCES public.devices_meterchange(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_meterchange
    ADD CONSTRAINT devices_meterchange_device_id_8fb80bf3_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_quarantined
    ADD CONSTRAINT devices_quarantined_device_id_666c2971_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_replaysource
    ADD CONSTRAINT devices_replaysource_device_id_15e6a47e_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_signingkey
    ADD CONSTRAINT devices_signingkey_organization_id_3bbc53e3_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_silence
    ADD CONSTRAINT devices_silence_device_id_0f847452_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.devices_statecode
    ADD CONSTRAINT devices_statecode_device_id_e2603daa_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_annex
    ADD CONSTRAINT leasing_annex_lease_id_ff897dfd_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_annex
    ADD CONSTRAINT leasing_annex_notice_id_f0a480da_fk_ownership_notice_id FOREIGN KEY (notice_id) REFERENCES public.ownership_notice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_annexapproval
    ADD CONSTRAINT leasing_annexapproval_annex_id_d474fa15_fk_leasing_annex_id FOREIGN KEY (annex_id) REFERENCES public.leasing_annex(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_atrisk
    ADD CONSTRAINT leasing_atrisk_claim_id_aaec2719_fk_marketplace_claim_id FOREIGN KEY (claim_id) REFERENCES public.marketplace_claim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_atrisk
    ADD CONSTRAINT leasing_atrisk_unit_id_3512d55a_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_calendarfeed
    ADD CONSTRAINT leasing_calendarfeed_organization_id_caf70c54_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_calendarfeed
    ADD CONSTRAINT leasing_calendarfeed_user_id_d5575780_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_commissionproposal
    ADD CONSTRAINT leasing_commissionpr_category_id_e7575d94_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_commissionproposal
    ADD CONSTRAINT leasing_commissionpr_owner_id_aebd8af5_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionra_category_id_af016032_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionra_owner_id_ce5a30d4_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_commissionrate
    ADD CONSTRAINT leasing_commissionra_proposal_id_7e91edec_fk_leasing_c FOREIGN KEY (proposal_id) REFERENCES public.leasing_commissionproposal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_conditionrecord
    ADD CONSTRAINT leasing_conditionrec_unit_id_fccfefda_fk_leasing_l FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_conditionrecord
    ADD CONSTRAINT leasing_conditionrecord_lease_id_ce1c0598_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_contract
    ADD CONSTRAINT leasing_contract_lease_id_c02d65a1_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_creditlimit
    ADD CONSTRAINT leasing_creditlimit_lessee_id_79b2801d_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_creditlimit
    ADD CONSTRAINT leasing_creditlimit_lessor_id_e2cee919_fk_marketpla FOREIGN KEY (lessor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_damageclaim
    ADD CONSTRAINT leasing_damageclaim_lease_id_08cdde26_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_damageclaim
    ADD CONSTRAINT leasing_damageclaim_unit_id_0f53c1e3_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_damageword
    ADD CONSTRAINT leasing_damageword_claim_id_03521036_fk_leasing_damageclaim_id FOREIGN KEY (claim_id) REFERENCES public.leasing_damageclaim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_defaultnotice
    ADD CONSTRAINT leasing_defaultnotice_lease_id_faceba55_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_deposit
    ADD CONSTRAINT leasing_deposit_lease_id_2459b459_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_depositmovement
    ADD CONSTRAINT leasing_depositmovem_deposit_id_51d8ff60_fk_leasing_d FOREIGN KEY (deposit_id) REFERENCES public.leasing_deposit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_depositmovement
    ADD CONSTRAINT leasing_depositmovem_order_id_f34dd4fe_fk_leasing_d FOREIGN KEY (order_id) REFERENCES public.leasing_depositorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_depositorder
    ADD CONSTRAINT leasing_depositorder_deposit_id_d50be1b5_fk_leasing_deposit_id FOREIGN KEY (deposit_id) REFERENCES public.leasing_deposit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_downtimecredit
    ADD CONSTRAINT leasing_downtimecredit_lease_id_bc358ab3_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_downtimecredit
    ADD CONSTRAINT leasing_downtimecredit_ticket_id_687226e4_fk_leasing_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.leasing_ticket(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_downtimecredit
    ADD CONSTRAINT leasing_downtimecredit_unit_id_e6ceff52_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_financeinstalment
    ADD CONSTRAINT leasing_financeinsta_finance_id_e52b4c22_fk_leasing_f FOREIGN KEY (finance_id) REFERENCES public.leasing_financelease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_financelease
    ADD CONSTRAINT leasing_financelease_lease_id_080fcc16_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_financelease
    ADD CONSTRAINT leasing_financelease_licence_id_e53debe7_fk_leasing_f FOREIGN KEY (licence_id) REFERENCES public.leasing_financelicence(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_financelicence
    ADD CONSTRAINT leasing_financelicen_organization_id_9f1765c8_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_financeregistration
    ADD CONSTRAINT leasing_financeregis_finance_id_57b9c227_fk_leasing_f FOREIGN KEY (finance_id) REFERENCES public.leasing_financelease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_healthwarning
    ADD CONSTRAINT leasing_healthwarnin_equipment_id_b5e25217_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_healthwarning
    ADD CONSTRAINT leasing_healthwarning_channel_id_a176b076_fk_devices_channel_id FOREIGN KEY (channel_id) REFERENCES public.devices_channel(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_healthwarning
    ADD CONSTRAINT leasing_healthwarning_device_id_37e09ff6_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepol_equipment_id_512bdb22_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepol_organization_id_29105633_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepol_replaces_id_8545af9c_fk_leasing_i FOREIGN KEY (replaces_id) REFERENCES public.leasing_insurancepolicy(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_insurancepolicy
    ADD CONSTRAINT leasing_insurancepolicy_lease_id_e6135b3d_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_lease
    ADD CONSTRAINT leasing_lease_lessee_id_486594f6_fk_marketplace_organization_id FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_lease
    ADD CONSTRAINT leasing_lease_lessor_id_453aafc1_fk_marketplace_organization_id FOREIGN KEY (lessor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_lease
    ADD CONSTRAINT leasing_lease_listing_id_bbfc2f11_fk_marketplace_listing_id FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_leasecommission
    ADD CONSTRAINT leasing_leasecommiss_source_id_d6d6608c_fk_leasing_c FOREIGN KEY (source_id) REFERENCES public.leasing_commissionrate(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_leasecommission
    ADD CONSTRAINT leasing_leasecommission_lease_id_e82ae46f_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_leaseunit
    ADD CONSTRAINT leasing_leaseunit_claim_id_3a374dff_fk_marketplace_claim_id FOREIGN KEY (claim_id) REFERENCES public.marketplace_claim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_leaseunit
    ADD CONSTRAINT leasing_leaseunit_equipment_id_7e8cb544_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_leaseunit
    ADD CONSTRAINT leasing_leaseunit_lease_id_90e448ad_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenancemeter
    ADD CONSTRAINT leasing_maintenancem_binding_id_70c2305f_fk_devices_b FOREIGN KEY (binding_id) REFERENCES public.devices_binding(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenancemeter
    ADD CONSTRAINT leasing_maintenancem_equipment_id_a67571bd_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenancemeter
    ADD CONSTRAINT leasing_maintenancem_rule_id_3e7f7052_fk_leasing_m FOREIGN KEY (rule_id) REFERENCES public.leasing_maintenancerule(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenancerule
    ADD CONSTRAINT leasing_maintenancer_category_id_7cede71c_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenancerule
    ADD CONSTRAINT leasing_maintenancer_equipment_id_ae80e45d_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenancerule
    ADD CONSTRAINT leasing_maintenancer_owner_id_208a57cc_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenancet_claim_id_e7a56b3a_fk_marketpla FOREIGN KEY (claim_id) REFERENCES public.marketplace_claim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenancet_equipment_id_6c5f4774_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenancet_proposed_by_id_8b57c2bf_fk_marketpla FOREIGN KEY (proposed_by_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenancet_rule_id_38841c35_fk_leasing_m FOREIGN KEY (rule_id) REFERENCES public.leasing_maintenancerule(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_maintenanceticket
    ADD CONSTRAINT leasing_maintenanceticket_lease_id_69b2aa4f_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_offer
    ADD CONSTRAINT leasing_offer_claim_id_2dcb6f6c_fk_marketplace_claim_id FOREIGN KEY (claim_id) REFERENCES public.marketplace_claim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_offer
    ADD CONSTRAINT leasing_offer_lease_id_11800b7d_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_orderbook
    ADD CONSTRAINT leasing_orderbook_organization_id_5e11f0da_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_overdue
    ADD CONSTRAINT leasing_overdue_unit_id_b73fda58_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_photo
    ADD CONSTRAINT leasing_photo_lease_id_44916928_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_planacceptance
    ADD CONSTRAINT leasing_planacceptan_organization_id_1499910e_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_planacceptedlease
    ADD CONSTRAINT leasing_planaccepted_acceptance_id_14974fc8_fk_leasing_p FOREIGN KEY (acceptance_id) REFERENCES public.leasing_planacceptance(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_planacceptedannex
    ADD CONSTRAINT leasing_planaccepted_acceptance_id_46a066a1_fk_leasing_p FOREIGN KEY (acceptance_id) REFERENCES public.leasing_planacceptance(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_planacceptedannex
    ADD CONSTRAINT leasing_planacceptedannex_annex_id_d5025c71_fk_leasing_annex_id FOREIGN KEY (annex_id) REFERENCES public.leasing_annex(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_planacceptedlease
    ADD CONSTRAINT leasing_planacceptedlease_lease_id_0fbb54c0_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_productionorder
    ADD CONSTRAINT leasing_productionor_category_id_a192525d_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_productionorder
    ADD CONSTRAINT leasing_productionor_organization_id_ec900f26_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_rating
    ADD CONSTRAINT leasing_rating_about_id_07233175_fk_marketplace_organization_id FOREIGN KEY (about_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_rating
    ADD CONSTRAINT leasing_rating_rated_by_id_58224ce1_fk_marketpla FOREIGN KEY (rated_by_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_rating
    ADD CONSTRAINT leasing_rating_round_id_47b84f5d_fk_leasing_ratinground_id FOREIGN KEY (round_id) REFERENCES public.leasing_ratinground(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ratinganswer
    ADD CONSTRAINT leasing_ratinganswer_rating_id_adab45c6_fk_leasing_rating_id FOREIGN KEY (rating_id) REFERENCES public.leasing_rating(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ratingmoderation
    ADD CONSTRAINT leasing_ratingmodera_rating_id_8d961be8_fk_leasing_r FOREIGN KEY (rating_id) REFERENCES public.leasing_rating(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ratinground
    ADD CONSTRAINT leasing_ratinground_lease_id_643fb798_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_recordanswer
    ADD CONSTRAINT leasing_recordanswer_record_id_a745d0fa_fk_leasing_c FOREIGN KEY (record_id) REFERENCES public.leasing_conditionrecord(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_referralword
    ADD CONSTRAINT leasing_referralword_record_id_410d29f9_fk_leasing_c FOREIGN KEY (record_id) REFERENCES public.leasing_conditionrecord(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_serviceorder
    ADD CONSTRAINT leasing_serviceorder_lease_id_6a3a2654_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_serviceorderstep
    ADD CONSTRAINT leasing_serviceorder_order_id_0a8b9dde_fk_leasing_s FOREIGN KEY (order_id) REFERENCES public.leasing_serviceorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_serviceorder
    ADD CONSTRAINT leasing_serviceorder_provider_id_dba8dad3_fk_marketpla FOREIGN KEY (provider_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_settlement
    ADD CONSTRAINT leasing_settlement_lease_id_fdf4e34e_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_signature
    ADD CONSTRAINT leasing_signature_contract_id_73a98482_fk_leasing_contract_id FOREIGN KEY (contract_id) REFERENCES public.leasing_contract(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_signature
    ADD CONSTRAINT leasing_signature_organization_id_50e964f0_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_claim_id_68e0595d_fk_marketplace_claim_id FOREIGN KEY (claim_id) REFERENCES public.marketplace_claim(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_equipment_id_fdcdb362_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_lessee_id_6e17ef5c_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_lessor_id_6577a925_fk_marketpla FOREIGN KEY (lessor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_listing_id_337aae52_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotbooking
    ADD CONSTRAINT leasing_slotbooking_schedule_id_fb3c140e_fk_marketpla FOREIGN KEY (schedule_id) REFERENCES public.marketplace_slotschedule(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_slotstep
    ADD CONSTRAINT leasing_slotstep_booking_id_7d133ca2_fk_leasing_slotbooking_id FOREIGN KEY (booking_id) REFERENCES public.leasing_slotbooking(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_agreement_id_d977d543_fk_ownership FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_lease_id_1a9717ae_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_sublessee_id_93e63d8f_fk_marketpla FOREIGN KEY (sublessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_sublessor_id_c1a3ff4e_fk_marketpla FOREIGN KEY (sublessor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_under_id_432c5ee5_fk_leasing_sublease_id FOREIGN KEY (under_id) REFERENCES public.leasing_sublease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_sublease
    ADD CONSTRAINT leasing_sublease_unit_id_1d5b1103_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_subleasestep
    ADD CONSTRAINT leasing_subleasestep_sublease_id_4785ad11_fk_leasing_s FOREIGN KEY (sublease_id) REFERENCES public.leasing_sublease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_suspension
    ADD CONSTRAINT leasing_suspension_lease_id_c18a1735_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticket
    ADD CONSTRAINT leasing_ticket_lease_id_f27824a3_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticket
    ADD CONSTRAINT leasing_ticket_proposed_by_id_c9c070f2_fk_marketpla FOREIGN KEY (proposed_by_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticket
    ADD CONSTRAINT leasing_ticket_raised_by_id_5e9eb852_fk_marketpla FOREIGN KEY (raised_by_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticket
    ADD CONSTRAINT leasing_ticket_unit_id_bcaed310_fk_leasing_leaseunit_id FOREIGN KEY (unit_id) REFERENCES public.leasing_leaseunit(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticketphoto
    ADD CONSTRAINT leasing_ticketphoto_photo_id_43a1cd0d_fk_leasing_photo_id FOREIGN KEY (photo_id) REFERENCES public.leasing_photo(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticketphoto
    ADD CONSTRAINT leasing_ticketphoto_ticket_id_17ffc497_fk_leasing_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.leasing_ticket(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_ticketstep
    ADD CONSTRAINT leasing_ticketstep_ticket_id_8e4f2d8a_fk_leasing_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.leasing_ticket(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.leasing_transition
    ADD CONSTRAINT leasing_transition_lease_id_edc30055_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_apikey
    ADD CONSTRAINT marketplace_apikey_organization_id_0fb8c1ba_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_apikey
    ADD CONSTRAINT marketplace_apikey_user_id_77761816_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_apirequest
    ADD CONSTRAINT marketplace_apireque_organization_id_21382dc8_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_apirequest
    ADD CONSTRAINT marketplace_apirequest_key_id_6bebd8b2_fk_marketplace_apikey_id FOREIGN KEY (key_id) REFERENCES public.marketplace_apikey(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_askedin
    ADD CONSTRAINT marketplace_askedin_organization_id_f96a1ee9_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_backgroundjob
    ADD CONSTRAINT marketplace_backgrou_made_by_id_8db2facd_fk_marketpla FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_backgroundjob
    ADD CONSTRAINT marketplace_backgrou_organization_id_ef6e443f_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_category
    ADD CONSTRAINT marketplace_category_parent_id_d956816a_fk_marketpla FOREIGN KEY (parent_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_chain
    ADD CONSTRAINT marketplace_chain_leader_id_cd27e18e_fk_marketpla FOREIGN KEY (leader_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_chainmember
    ADD CONSTRAINT marketplace_chainmem_chain_id_c8cd6744_fk_marketpla FOREIGN KEY (chain_id) REFERENCES public.marketplace_chain(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_chainmember
    ADD CONSTRAINT marketplace_chainmem_member_id_267fa368_fk_marketpla FOREIGN KEY (member_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_claim
    ADD CONSTRAINT marketplace_claim_equipment_id_9885bd99_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_closing
    ADD CONSTRAINT marketplace_closing_organization_id_f0a35f78_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_contentcase
    ADD CONSTRAINT marketplace_contentc_document_id_7211f383_fk_marketpla FOREIGN KEY (document_id) REFERENCES public.marketplace_equipmentdocument(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_contentcase
    ADD CONSTRAINT marketplace_contentc_listing_id_b84754be_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_contentcase
    ADD CONSTRAINT marketplace_contentc_photo_id_54cb1be6_fk_marketpla FOREIGN KEY (photo_id) REFERENCES public.marketplace_listingphoto(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_contentcase
    ADD CONSTRAINT marketplace_contentc_reporter_id_a49117b3_fk_marketpla FOREIGN KEY (reporter_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_contentstep
    ADD CONSTRAINT marketplace_contents_case_id_8523726a_fk_marketpla FOREIGN KEY (case_id) REFERENCES public.marketplace_contentcase(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_conversation
    ADD CONSTRAINT marketplace_conversa_asker_id_cd5643b5_fk_marketpla FOREIGN KEY (asker_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_conversation
    ADD CONSTRAINT marketplace_conversa_listing_id_9537cee3_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_conversation
    ADD CONSTRAINT marketplace_conversa_owner_id_63c01865_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_dataexport
    ADD CONSTRAINT marketplace_dataexpo_job_id_2739e121_fk_marketpla FOREIGN KEY (job_id) REFERENCES public.marketplace_backgroundjob(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_dataexport
    ADD CONSTRAINT marketplace_dataexpo_made_by_id_e54db89c_fk_marketpla FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_dataexport
    ADD CONSTRAINT marketplace_dataexpo_organization_id_c38eb8bf_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_datatable
    ADD CONSTRAINT marketplace_datatabl_of_id_aa0258fe_fk_marketpla FOREIGN KEY (of_id) REFERENCES public.marketplace_dataexport(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_dictionaryversion
    ADD CONSTRAINT marketplace_dictiona_category_id_a6e7143b_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_encumbrancesearch
    ADD CONSTRAINT marketplace_encumbra_equipment_id_c8c80b2e_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipment
    ADD CONSTRAINT marketplace_equipmen_category_id_4c2655fd_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentdocument
    ADD CONSTRAINT marketplace_equipmen_equipment_id_6ec12c48_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentrecord
    ADD CONSTRAINT marketplace_equipmen_equipment_id_97e97de9_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentcheck
    ADD CONSTRAINT marketplace_equipmen_equipment_id_b5a419ab_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentrecord
    ADD CONSTRAINT marketplace_equipmen_organization_id_f01f4b41_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipment
    ADD CONSTRAINT marketplace_equipmen_owner_id_3cdda5c2_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentdocument
    ADD CONSTRAINT marketplace_equipmen_refurbishment_id_211e72c0_fk_marketpla FOREIGN KEY (refurbishment_id) REFERENCES public.marketplace_refurbishment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipmentrecord
    ADD CONSTRAINT marketplace_equipmen_replaces_id_0040e598_fk_marketpla FOREIGN KEY (replaces_id) REFERENCES public.marketplace_equipmentrecord(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_equipment
    ADD CONSTRAINT marketplace_equipment_site_id_5698a35a_fk_marketplace_site_id FOREIGN KEY (site_id) REFERENCES public.marketplace_site(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_event
    ADD CONSTRAINT marketplace_event_organization_id_c2726f52_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_eventhead
    ADD CONSTRAINT marketplace_eventhea_organization_id_bf03cb2a_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_import
    ADD CONSTRAINT marketplace_import_job_id_5c461600_fk_marketpla FOREIGN KEY (job_id) REFERENCES public.marketplace_backgroundjob(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_import
    ADD CONSTRAINT marketplace_import_made_by_id_466be709_fk_marketplace_user_id FOREIGN KEY (made_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_import
    ADD CONSTRAINT marketplace_import_organization_id_2f511df0_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_importrow
    ADD CONSTRAINT marketplace_importrow_of_id_2825bef9_fk_marketplace_import_id FOREIGN KEY (of_id) REFERENCES public.marketplace_import(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_invitation
    ADD CONSTRAINT marketplace_invitati_accepted_by_id_b45961d6_fk_marketpla FOREIGN KEY (accepted_by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_invitation
    ADD CONSTRAINT marketplace_invitati_organization_id_e3d59036_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listing
    ADD CONSTRAINT marketplace_listing_category_id_cab5ec78_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listing
    ADD CONSTRAINT marketplace_listing_chain_id_0722718c_fk_marketplace_chain_id FOREIGN KEY (chain_id) REFERENCES public.marketplace_chain(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listing
    ADD CONSTRAINT marketplace_listing_owner_id_b44ca82b_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listing
    ADD CONSTRAINT marketplace_listing_site_id_e4ac521f_fk_marketplace_site_id FOREIGN KEY (site_id) REFERENCES public.marketplace_site(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listingphoto
    ADD CONSTRAINT marketplace_listingp_listing_id_37daa9eb_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listingservice
    ADD CONSTRAINT marketplace_listings_listing_id_90b46635_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listingservice
    ADD CONSTRAINT marketplace_listings_provider_id_0ec2c2bd_fk_marketpla FOREIGN KEY (provider_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listingunit
    ADD CONSTRAINT marketplace_listingu_equipment_id_9d386543_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_listingunit
    ADD CONSTRAINT marketplace_listingu_listing_id_1b3980ed_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_maturitydeclaration
    ADD CONSTRAINT marketplace_maturity_made_for_id_e71cc15f_fk_marketpla FOREIGN KEY (made_for_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_maturitydeclaration
    ADD CONSTRAINT marketplace_maturity_organization_id_790d254e_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_maturitydeclaration
    ADD CONSTRAINT marketplace_maturity_site_id_1f409f8c_fk_marketpla FOREIGN KEY (site_id) REFERENCES public.marketplace_site(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_membership
    ADD CONSTRAINT marketplace_membersh_organization_id_02fbf168_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_membership
    ADD CONSTRAINT marketplace_membership_user_id_6ebcaf47_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_message
    ADD CONSTRAINT marketplace_message_answers_id_70459edd_fk_marketpla FOREIGN KEY (answers_id) REFERENCES public.marketplace_message(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_message
    ADD CONSTRAINT marketplace_message_conversation_id_31626417_fk_marketpla FOREIGN KEY (conversation_id) REFERENCES public.marketplace_conversation(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_message
    ADD CONSTRAINT marketplace_message_organization_id_c2a2680f_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_nameplatecase
    ADD CONSTRAINT marketplace_nameplat_claimant_id_0e60ab91_fk_marketpla FOREIGN KEY (claimant_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_nameplatecase
    ADD CONSTRAINT marketplace_nameplat_first_id_6f4328a1_fk_marketpla FOREIGN KEY (first_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_nameplatecase
    ADD CONSTRAINT marketplace_nameplat_second_id_ed36f4b6_fk_marketpla FOREIGN KEY (second_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_need
    ADD CONSTRAINT marketplace_need_category_id_e4e6fad9_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_need
    ADD CONSTRAINT marketplace_need_chain_id_c3e71bf2_fk_marketplace_chain_id FOREIGN KEY (chain_id) REFERENCES public.marketplace_chain(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_need
    ADD CONSTRAINT marketplace_need_chosen_id_483cdd6f_fk_marketpla FOREIGN KEY (chosen_id) REFERENCES public.marketplace_needanswer(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_need
    ADD CONSTRAINT marketplace_need_poster_id_dec45ea5_fk_marketpla FOREIGN KEY (poster_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_needanswer
    ADD CONSTRAINT marketplace_needansw_listing_id_5c5000ce_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_needanswer
    ADD CONSTRAINT marketplace_needansw_owner_id_8458ddec_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_needanswer
    ADD CONSTRAINT marketplace_needanswer_need_id_660d7de4_fk_marketplace_need_id FOREIGN KEY (need_id) REFERENCES public.marketplace_need(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_needinvitation
    ADD CONSTRAINT marketplace_needinvi_need_id_a8657460_fk_marketpla FOREIGN KEY (need_id) REFERENCES public.marketplace_need(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_needinvitation
    ADD CONSTRAINT marketplace_needinvi_owner_id_e6cd1fe8_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_notification
    ADD CONSTRAINT marketplace_notifica_organization_id_b6a7b454_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_notification
    ADD CONSTRAINT marketplace_notifica_person_id_a6408224_fk_marketpla FOREIGN KEY (person_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_organizationcheck
    ADD CONSTRAINT marketplace_organiza_organization_id_a3a5b82d_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_privacyacceptance
    ADD CONSTRAINT marketplace_privacya_user_id_2463d6ef_fk_marketpla FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_readmark
    ADD CONSTRAINT marketplace_readmark_conversation_id_7f2268d9_fk_marketpla FOREIGN KEY (conversation_id) REFERENCES public.marketplace_conversation(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_readmark
    ADD CONSTRAINT marketplace_readmark_organization_id_45153666_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_recoverycode
    ADD CONSTRAINT marketplace_recovery_user_id_e3ad0571_fk_marketpla FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_refurbishment
    ADD CONSTRAINT marketplace_refurbis_equipment_id_8cca2c98_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_refurbishmententry
    ADD CONSTRAINT marketplace_refurbis_refurbishment_id_ae82423d_fk_marketpla FOREIGN KEY (refurbishment_id) REFERENCES public.marketplace_refurbishment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_savedfilter
    ADD CONSTRAINT marketplace_savedfil_organization_id_9c7a0ea2_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_savedfilter
    ADD CONSTRAINT marketplace_savedfilter_user_id_12b7c34c_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_savedfind
    ADD CONSTRAINT marketplace_savedfin_listing_id_29eef853_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_savedfind
    ADD CONSTRAINT marketplace_savedfin_saved_id_d4f3d267_fk_marketpla FOREIGN KEY (saved_id) REFERENCES public.marketplace_savedfilter(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_scrapping
    ADD CONSTRAINT marketplace_scrappin_equipment_id_4e34b128_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_searchdocument
    ADD CONSTRAINT marketplace_searchdo_category_id_fc97a33e_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_searchdocument
    ADD CONSTRAINT marketplace_searchdo_chain_id_1b0347bc_fk_marketpla FOREIGN KEY (chain_id) REFERENCES public.marketplace_chain(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_searchdocument
    ADD CONSTRAINT marketplace_searchdo_listing_id_2300d8a8_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_secondfactor
    ADD CONSTRAINT marketplace_secondfa_user_id_78ffa532_fk_marketpla FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_signin
    ADD CONSTRAINT marketplace_signin_user_id_b1c1d78c_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_site
    ADD CONSTRAINT marketplace_site_organization_id_61ef5478_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_slotschedule
    ADD CONSTRAINT marketplace_slotsche_listing_id_0a4178e2_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_specfield
    ADD CONSTRAINT marketplace_specfiel_category_id_a38f901a_fk_marketpla FOREIGN KEY (category_id) REFERENCES public.marketplace_category(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_specstatement
    ADD CONSTRAINT marketplace_specstat_equipment_id_ff59d749_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_takentimes
    ADD CONSTRAINT marketplace_takentim_listing_id_41940bde_fk_marketpla FOREIGN KEY (listing_id) REFERENCES public.marketplace_listing(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_user_groups
    ADD CONSTRAINT marketplace_user_groups_group_id_67773853_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_user_groups
    ADD CONSTRAINT marketplace_user_groups_user_id_e478d75a_fk_marketplace_user_id FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_user_user_permissions
    ADD CONSTRAINT marketplace_user_use_permission_id_8acde14d_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_user_user_permissions
    ADD CONSTRAINT marketplace_user_use_user_id_bcd4c83a_fk_marketpla FOREIGN KEY (user_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_vatstatement
    ADD CONSTRAINT marketplace_vatstate_made_for_id_697e3af0_fk_marketpla FOREIGN KEY (made_for_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_vatstatement
    ADD CONSTRAINT marketplace_vatstate_organization_id_84072391_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_verification
    ADD CONSTRAINT marketplace_verifica_organization_id_a681ecb8_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_verificationpaper
    ADD CONSTRAINT marketplace_verifica_verification_id_4b778bc8_fk_marketpla FOREIGN KEY (verification_id) REFERENCES public.marketplace_verification(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_verificationstep
    ADD CONSTRAINT marketplace_verifica_verification_id_ec6c159d_fk_marketpla FOREIGN KEY (verification_id) REFERENCES public.marketplace_verification(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_webhookattempt
    ADD CONSTRAINT marketplace_webhooka_delivery_id_ea5fa3bc_fk_marketpla FOREIGN KEY (delivery_id) REFERENCES public.marketplace_webhookdelivery(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_webhookdelivery
    ADD CONSTRAINT marketplace_webhookd_endpoint_id_b5042a0e_fk_marketpla FOREIGN KEY (endpoint_id) REFERENCES public.marketplace_webhookendpoint(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_webhookdelivery
    ADD CONSTRAINT marketplace_webhookd_event_id_3a885828_fk_marketpla FOREIGN KEY (event_id) REFERENCES public.marketplace_event(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_webhookendpoint
    ADD CONSTRAINT marketplace_webhooke_organization_id_8c2e446b_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.marketplace_webhooksecret
    ADD CONSTRAINT marketplace_webhooks_endpoint_id_4bd9dcf4_fk_marketpla FOREIGN KEY (endpoint_id) REFERENCES public.marketplace_webhookendpoint(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_equipment_id_954210a1_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_lessee_id_cfc81b98_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_owner_id_975e7d28_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_agreement
    ADD CONSTRAINT ownership_agreement_under_id_10c3a765_fk_ownership_agreement_id FOREIGN KEY (under_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_agreementversion
    ADD CONSTRAINT ownership_agreementv_agreement_id_8f171275_fk_ownership FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_bordercheck_assets
    ADD CONSTRAINT ownership_borderchec_bordercheck_id_a84bd689_fk_ownership FOREIGN KEY (bordercheck_id) REFERENCES public.ownership_bordercheck(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_bordercheck_assets
    ADD CONSTRAINT ownership_borderchec_dataasset_id_8fedc1b7_fk_ownership FOREIGN KEY (dataasset_id) REFERENCES public.ownership_dataasset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_bordercheck
    ADD CONSTRAINT ownership_borderchec_organization_id_5d9f5ca6_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_bordercheck
    ADD CONSTRAINT ownership_bordercheck_by_id_b68b5ee0_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_certificate
    ADD CONSTRAINT ownership_certificate_duty_id_67669c0c_fk_ownership_duty_id FOREIGN KEY (duty_id) REFERENCES public.ownership_duty(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_certificate
    ADD CONSTRAINT ownership_certificate_key_id_190e3572_fk_devices_logkey_key_id FOREIGN KEY (key_id) REFERENCES public.devices_logkey(key_id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_dataasset_derived_from
    ADD CONSTRAINT ownership_dataasset__from_dataasset_id_6999f392_fk_ownership FOREIGN KEY (from_dataasset_id) REFERENCES public.ownership_dataasset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_dataasset_derived_from
    ADD CONSTRAINT ownership_dataasset__to_dataasset_id_528eb313_fk_ownership FOREIGN KEY (to_dataasset_id) REFERENCES public.ownership_dataasset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_dataasset
    ADD CONSTRAINT ownership_dataasset_channel_id_56cca099_fk_devices_channel_id FOREIGN KEY (channel_id) REFERENCES public.devices_channel(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_dataasset
    ADD CONSTRAINT ownership_dataasset_device_id_84ca04b4_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicenc_border_check_id_c5fabc47_fk_ownership FOREIGN KEY (border_check_id) REFERENCES public.ownership_bordercheck(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicenc_buyer_id_db89644f_fk_marketpla FOREIGN KEY (buyer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicenc_version_id_cd7d88dd_fk_ownership FOREIGN KEY (version_id) REFERENCES public.ownership_productversion(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_datalicence
    ADD CONSTRAINT ownership_datalicence_by_id_aabd96ec_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_dataproduct
    ADD CONSTRAINT ownership_dataproduc_seller_id_36b9a63a_fk_marketpla FOREIGN KEY (seller_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_declaredcompetitor
    ADD CONSTRAINT ownership_declaredco_competitor_id_d3c74ae9_fk_marketpla FOREIGN KEY (competitor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_declaredcompetitor
    ADD CONSTRAINT ownership_declaredco_organization_id_9f42dec1_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_duty
    ADD CONSTRAINT ownership_duty_agreement_id_9809da20_fk_ownership_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_evententry
    ADD CONSTRAINT ownership_evententry_event_id_31777937_fk_ownership FOREIGN KEY (event_id) REFERENCES public.ownership_accessevent(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_eventhead
    ADD CONSTRAINT ownership_eventhead_key_id_40db1340_fk_devices_logkey_key_id FOREIGN KEY (key_id) REFERENCES public.devices_logkey(key_id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_gatekeeperentry
    ADD CONSTRAINT ownership_gatekeeper_organization_id_d3d9f2d9_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grading
    ADD CONSTRAINT ownership_grading_asset_id_dc7c37c0_fk_ownership_dataasset_id FOREIGN KEY (asset_id) REFERENCES public.ownership_dataasset(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grading
    ADD CONSTRAINT ownership_grading_by_id_d94def37_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grading
    ADD CONSTRAINT ownership_grading_within_id_d594de04_fk_marketpla FOREIGN KEY (within_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grant
    ADD CONSTRAINT ownership_grant_agreement_id_f046d4eb_fk_ownership_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grant
    ADD CONSTRAINT ownership_grant_equipment_id_4bc22329_fk_marketpla FOREIGN KEY (equipment_id) REFERENCES public.marketplace_equipment(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grant
    ADD CONSTRAINT ownership_grant_given_for_id_24a74e24_fk_marketpla FOREIGN KEY (given_for_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_grant
    ADD CONSTRAINT ownership_grant_recipient_id_d8455ae3_fk_marketpla FOREIGN KEY (recipient_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_hold
    ADD CONSTRAINT ownership_hold_agreement_id_2608bc92_fk_ownership_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_licencestep
    ADD CONSTRAINT ownership_licenceste_licence_id_17c927eb_fk_ownership FOREIGN KEY (licence_id) REFERENCES public.ownership_datalicence(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_licencestep
    ADD CONSTRAINT ownership_licenceste_within_id_9f8220cb_fk_marketpla FOREIGN KEY (within_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_licencestep
    ADD CONSTRAINT ownership_licencestep_by_id_ed9e3f95_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_notice
    ADD CONSTRAINT ownership_notice_lessee_id_ed88be72_fk_marketpla FOREIGN KEY (lessee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_notice
    ADD CONSTRAINT ownership_notice_owner_id_cd4426be_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_noticeacceptance
    ADD CONSTRAINT ownership_noticeacce_notice_id_acf97ba3_fk_ownership FOREIGN KEY (notice_id) REFERENCES public.ownership_notice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_paymentduty
    ADD CONSTRAINT ownership_paymentdut_agreement_id_8cfbebdc_fk_ownership FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_paymentduty
    ADD CONSTRAINT ownership_paymentdut_creditor_id_10a4fd26_fk_marketpla FOREIGN KEY (creditor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_paymentduty
    ADD CONSTRAINT ownership_paymentdut_debtor_id_2531b5cb_fk_marketpla FOREIGN KEY (debtor_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_productstep
    ADD CONSTRAINT ownership_productste_organization_id_e420f864_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_productstep
    ADD CONSTRAINT ownership_productste_version_id_6b706aed_fk_ownership FOREIGN KEY (version_id) REFERENCES public.ownership_productversion(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_productstep
    ADD CONSTRAINT ownership_productstep_by_id_b8b42532_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_productversion
    ADD CONSTRAINT ownership_productver_product_id_0f262df6_fk_ownership FOREIGN KEY (product_id) REFERENCES public.ownership_dataproduct(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_productversion
    ADD CONSTRAINT ownership_productversion_by_id_b0a2c6c2_fk_marketplace_user_id FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_proposal
    ADD CONSTRAINT ownership_proposal_agreement_id_7185b848_fk_ownership FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrati_by_id_8443ab91_fk_marketpla FOREIGN KEY (by_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationsignature
    ADD CONSTRAINT ownership_registrati_entry_id_15bde699_fk_ownership FOREIGN KEY (entry_id) REFERENCES public.ownership_registrationentry(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrati_holder_id_236178fe_fk_marketpla FOREIGN KEY (holder_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationsignature
    ADD CONSTRAINT ownership_registrati_key_id_7f22b130_fk_devices_l FOREIGN KEY (key_id) REFERENCES public.devices_logkey(key_id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrati_recipient_id_394fe4d3_fk_marketpla FOREIGN KEY (recipient_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrati_registration_id_1b858311_fk_ownership FOREIGN KEY (registration_id) REFERENCES public.ownership_registration(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_registrationentry
    ADD CONSTRAINT ownership_registrati_within_id_951f75c6_fk_marketpla FOREIGN KEY (within_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_sharingobjection
    ADD CONSTRAINT ownership_sharingobj_request_id_dd2de88f_fk_ownership FOREIGN KEY (request_id) REFERENCES public.ownership_sharingrequest(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_sharingrequest
    ADD CONSTRAINT ownership_sharingreq_border_check_id_51494fc1_fk_ownership FOREIGN KEY (border_check_id) REFERENCES public.ownership_bordercheck(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_sharingrequest
    ADD CONSTRAINT ownership_sharingreq_grant_id_0728e815_fk_ownership FOREIGN KEY (grant_id) REFERENCES public.ownership_grant(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_takencopy
    ADD CONSTRAINT ownership_takencopy_agreement_id_368eb900_fk_ownership FOREIGN KEY (agreement_id) REFERENCES public.ownership_agreement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.ownership_takencopy
    ADD CONSTRAINT ownership_takencopy_device_id_4ea860df_fk_devices_device_id FOREIGN KEY (device_id) REFERENCES public.devices_device(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptanceb_bank_line_id_38d78097_fk_payments_ FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptanceb_payer_id_19bbb07b_fk_marketpla FOREIGN KEY (payer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_acceptancebill
    ADD CONSTRAINT payments_acceptancebill_book_id_27d1b9ec_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_invoice_id_97cefcbf_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_journal_id_9c048b3a_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_note_id_79f28f3c_fk_billing_invoice_id FOREIGN KEY (note_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_receipt_id_da3deba6_fk_payments_receipt_id FOREIGN KEY (receipt_id) REFERENCES public.payments_receipt(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_allocation
    ADD CONSTRAINT payments_allocation_undoes_id_8f24217b_fk_payments_ FOREIGN KEY (undoes_id) REFERENCES public.payments_allocation(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_bankaccount
    ADD CONSTRAINT payments_bankaccount_book_id_dfa62f5c_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_bankline
    ADD CONSTRAINT payments_bankline_bank_account_id_a71f13d6_fk_payments_ FOREIGN KEY (bank_account_id) REFERENCES public.payments_bankaccount(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_billstep
    ADD CONSTRAINT payments_billstep_bill_id_d7a9790e_fk_payments_ FOREIGN KEY (bill_id) REFERENCES public.payments_acceptancebill(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_classification
    ADD CONSTRAINT payments_classificat_journal_id_5590c672_fk_billing_j FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_classification
    ADD CONSTRAINT payments_classificat_movement_id_59fc862c_fk_payments_ FOREIGN KEY (movement_id) REFERENCES public.payments_movement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_disputeloss
    ADD CONSTRAINT payments_disputeloss_fact_id_b0b794bb_fk_payments_ FOREIGN KEY (fact_id) REFERENCES public.payments_providerfact(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_disputeloss
    ADD CONSTRAINT payments_disputeloss_journal_id_41162ce4_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_disputeloss
    ADD CONSTRAINT payments_disputeloss_receipt_id_d650f1e6_fk_payments_receipt_id FOREIGN KEY (receipt_id) REFERENCES public.payments_receipt(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_linebooking
    ADD CONSTRAINT payments_linebooking_bank_line_id_ce5a113b_fk_payments_ FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_linebooking
    ADD CONSTRAINT payments_linebooking_journal_id_a88d1183_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_movement
    ADD CONSTRAINT payments_movement_fact_id_c750f9d1_fk_payments_providerfact_id FOREIGN KEY (fact_id) REFERENCES public.payments_providerfact(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_movement
    ADD CONSTRAINT payments_movement_settlement_id_14caa94e_fk_payments_ FOREIGN KEY (settlement_id) REFERENCES public.payments_settlement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_operation
    ADD CONSTRAINT payments_operation_journal_id_2d6f3e4e_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_operation
    ADD CONSTRAINT payments_operation_order_id_b947a56a_fk_payments_ FOREIGN KEY (order_id) REFERENCES public.payments_paymentorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_operationattempt
    ADD CONSTRAINT payments_operationat_operation_id_6f46f0c4_fk_payments_ FOREIGN KEY (operation_id) REFERENCES public.payments_operation(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_orderfile
    ADD CONSTRAINT payments_orderfile_bank_account_id_894dc286_fk_payments_ FOREIGN KEY (bank_account_id) REFERENCES public.payments_bankaccount(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_orderstep
    ADD CONSTRAINT payments_orderstep_order_id_7fb3f0dd_fk_payments_ FOREIGN KEY (order_id) REFERENCES public.payments_paymentorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_ownerrelease
    ADD CONSTRAINT payments_ownerreleas_owner_id_06db8ef7_fk_marketpla FOREIGN KEY (owner_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_ownerrelease
    ADD CONSTRAINT payments_ownerrelease_invoice_id_f0c3531a_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_ownerrelease
    ADD CONSTRAINT payments_ownerrelease_journal_id_b7b65965_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_payeeaccount
    ADD CONSTRAINT payments_payeeaccoun_organization_id_c99b49a2_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_payeraccount
    ADD CONSTRAINT payments_payeraccoun_organization_id_f043e0db_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_paymentorder
    ADD CONSTRAINT payments_paymentorde_payee_account_id_44838e59_fk_payments_ FOREIGN KEY (payee_account_id) REFERENCES public.payments_payeeaccount(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_paymentorder
    ADD CONSTRAINT payments_paymentorde_payee_id_188e9dbf_fk_marketpla FOREIGN KEY (payee_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_paymentorder
    ADD CONSTRAINT payments_paymentorder_book_id_096debac_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_paymentorder
    ADD CONSTRAINT payments_paymentorder_file_id_af2e3037_fk_payments_orderfile_id FOREIGN KEY (file_id) REFERENCES public.payments_orderfile(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_paymentrequest
    ADD CONSTRAINT payments_paymentrequ_payer_id_e5847ff0_fk_marketpla FOREIGN KEY (payer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_payoutitem
    ADD CONSTRAINT payments_payoutitem_line_id_56ebea54_fk_billing_journalline_id FOREIGN KEY (line_id) REFERENCES public.billing_journalline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_payoutitem
    ADD CONSTRAINT payments_payoutitem_order_id_deeeea00_fk_payments_ FOREIGN KEY (order_id) REFERENCES public.payments_paymentorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_provideraccount
    ADD CONSTRAINT payments_provideracc_organization_id_b4b0fd1e_fk_marketpla FOREIGN KEY (organization_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_providerfact
    ADD CONSTRAINT payments_providerfact_journal_id_193116d5_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_rebooking
    ADD CONSTRAINT payments_rebooking_bank_line_id_1538125e_fk_payments_ FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_rebooking
    ADD CONSTRAINT payments_rebooking_booking_id_ae8fe825_fk_payments_ FOREIGN KEY (booking_id) REFERENCES public.payments_linebooking(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_bank_line_id_6a0e565a_fk_payments_bankline_id FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_bill_id_1a394637_fk_payments_acceptancebill_id FOREIGN KEY (bill_id) REFERENCES public.payments_acceptancebill(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_book_id_edf063bd_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_fact_id_6d1f0ce5_fk_payments_providerfact_id FOREIGN KEY (fact_id) REFERENCES public.payments_providerfact(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_journal_id_51773f94_fk_billing_journal_id FOREIGN KEY (journal_id) REFERENCES public.billing_journal(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_receipt
    ADD CONSTRAINT payments_receipt_payer_id_a22ec3ed_fk_marketpla FOREIGN KEY (payer_id) REFERENCES public.marketplace_organization(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexcept_bank_line_id_65aea000_fk_payments_ FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexcept_holder_id_8b3ae77d_fk_marketpla FOREIGN KEY (holder_id) REFERENCES public.marketplace_user(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexcept_movement_id_84b616e4_fk_payments_ FOREIGN KEY (movement_id) REFERENCES public.payments_movement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexcept_order_id_de528d85_fk_payments_ FOREIGN KEY (order_id) REFERENCES public.payments_paymentorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexcept_settlement_id_5a1d535e_fk_payments_ FOREIGN KEY (settlement_id) REFERENCES public.payments_settlement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexcept_statement_id_53a46e48_fk_payments_ FOREIGN KEY (statement_id) REFERENCES public.payments_statement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_reconexception
    ADD CONSTRAINT payments_reconexception_book_id_5de680aa_fk_billing_book_id FOREIGN KEY (book_id) REFERENCES public.billing_book(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_refund
    ADD CONSTRAINT payments_refund_note_id_ba3b1e73_fk_billing_invoice_id FOREIGN KEY (note_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_refund
    ADD CONSTRAINT payments_refund_order_id_ae6ad322_fk_payments_paymentorder_id FOREIGN KEY (order_id) REFERENCES public.payments_paymentorder(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_refund
    ADD CONSTRAINT payments_refund_receipt_id_166a880f_fk_payments_receipt_id FOREIGN KEY (receipt_id) REFERENCES public.payments_receipt(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_requestitem
    ADD CONSTRAINT payments_requestitem_invoice_id_a4664209_fk_billing_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.billing_invoice(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_requestitem
    ADD CONSTRAINT payments_requestitem_request_id_a931603b_fk_payments_ FOREIGN KEY (request_id) REFERENCES public.payments_paymentrequest(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_statement
    ADD CONSTRAINT payments_statement_file_id_e534f7b3_fk_payments_ FOREIGN KEY (file_id) REFERENCES public.payments_statementfile(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_statementdialect
    ADD CONSTRAINT payments_statementdi_bank_account_id_a7a660eb_fk_payments_ FOREIGN KEY (bank_account_id) REFERENCES public.payments_bankaccount(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_statementfile
    ADD CONSTRAINT payments_statementfi_bank_account_id_1e475f7e_fk_payments_ FOREIGN KEY (bank_account_id) REFERENCES public.payments_bankaccount(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_statementfile
    ADD CONSTRAINT payments_statementfi_dialect_id_27f05174_fk_payments_ FOREIGN KEY (dialect_id) REFERENCES public.payments_statementdialect(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_statementline
    ADD CONSTRAINT payments_statementli_bank_line_id_a7999326_fk_payments_ FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_statementline
    ADD CONSTRAINT payments_statementli_statement_id_0e2b52e7_fk_payments_ FOREIGN KEY (statement_id) REFERENCES public.payments_statement(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_subaccount
    ADD CONSTRAINT payments_subaccount_bank_account_id_f6d59bcf_fk_payments_ FOREIGN KEY (bank_account_id) REFERENCES public.payments_bankaccount(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_subaccount
    ADD CONSTRAINT payments_subaccount_lease_id_d3861868_fk_leasing_lease_id FOREIGN KEY (lease_id) REFERENCES public.leasing_lease(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_suggestion
    ADD CONSTRAINT payments_suggestion_bank_line_id_1918fee2_fk_payments_ FOREIGN KEY (bank_line_id) REFERENCES public.payments_bankline(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_takeback
    ADD CONSTRAINT payments_takeback_operation_id_f156fde4_fk_payments_ FOREIGN KEY (operation_id) REFERENCES public.payments_operation(id) DEFERRABLE INITIALLY DEFERRED;



ALTER TABLE ONLY public.payments_takeback
    ADD CONSTRAINT payments_takeback_order_id_b3f3bbb8_fk_payments_paymentorder_id FOREIGN KEY (order_id) REFERENCES public.payments_paymentorder(id) DEFERRABLE INITIALLY DEFERRED;




SET LOCAL search_path = DEFAULT;
