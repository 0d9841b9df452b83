"""People are told of damage claims, settlements and closed leases."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0017_kinds_of_leasing'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('grant_asked', 'grant_asked'), ('grant_given', 'grant_given'), ('grant_refused', 'grant_refused'), ('grant_withdrawn', 'grant_withdrawn'), ('denial_spike', 'denial_spike'), ('duty_soon', 'duty_soon'), ('duty_due', 'duty_due'), ('duty_overdue', 'duty_overdue'), ('payment_soon', 'payment_soon'), ('payment_due', 'payment_due'), ('payment_overdue', 'payment_overdue'), ('payment_escalated', 'payment_escalated'), ('data_regraded', 'data_regraded'), ('data_erased', 'data_erased'), ('agreement_suspended', 'agreement_suspended'), ('agreement_resumed', 'agreement_resumed'), ('ticket_raised', 'ticket_raised'), ('ticket_solved', 'ticket_solved'), ('ticket_reopened', 'ticket_reopened'), ('downtime_proposed', 'downtime_proposed'), ('downtime_contested', 'downtime_contested'), ('downtime_settled', 'downtime_settled'), ('change_proposed', 'change_proposed'), ('change_accepted', 'change_accepted'), ('change_declined', 'change_declined'), ('notice_given', 'notice_given'), ('lease_suspended', 'lease_suspended'), ('lease_resumed', 'lease_resumed'), ('default_noticed', 'default_noticed'), ('lease_terminated', 'lease_terminated'), ('machine_lost', 'machine_lost'), ('handover_planned', 'handover_planned'), ('record_to_confirm', 'record_to_confirm'), ('record_confirmed', 'record_confirmed'), ('record_objected', 'record_objected'), ('deposit_ordered', 'deposit_ordered'), ('deposit_moved', 'deposit_moved'), ('service_invited', 'service_invited'), ('service_agreed', 'service_agreed'), ('service_declined', 'service_declined'), ('service_withdrawn', 'service_withdrawn'), ('message_written', 'message_written'), ('appointment_proposed', 'appointment_proposed'), ('appointment_confirmed', 'appointment_confirmed'), ('appointment_declined', 'appointment_declined'), ('lease_request', 'lease_request'), ('lease_quote', 'lease_quote'), ('lease_counter', 'lease_counter'), ('lease_accept', 'lease_accept'), ('lease_refuse', 'lease_refuse'), ('lease_reassign', 'lease_reassign'), ('lease_dispatch', 'lease_dispatch'), ('lease_activate', 'lease_activate'), ('lease_end', 'lease_end'), ('lease_cancel', 'lease_cancel'), ('lease_expire', 'lease_expire'), ('slot_asked', 'slot_asked'), ('slot_booked', 'slot_booked'), ('slot_confirmed', 'slot_confirmed'), ('slot_refused', 'slot_refused'), ('slot_cancelled', 'slot_cancelled'), ('slot_expired', 'slot_expired'), ('slot_done', 'slot_done'), ('slot_no_show', 'slot_no_show'), ('lease_to_approve', 'lease_to_approve'), ('contract_to_sign', 'contract_to_sign'), ('contract_signed', 'contract_signed'), ('contract_concluded', 'contract_concluded'), ('template_published', 'template_published'), ('damage_claimed', 'damage_claimed'), ('damage_accepted', 'damage_accepted'), ('damage_contested', 'damage_contested'), ('damage_offered', 'damage_offered'), ('damage_referred', 'damage_referred'), ('damage_decided', 'damage_decided'), ('damage_withdrawn', 'damage_withdrawn'), ('settlement_proposed', 'settlement_proposed'), ('settlement_agreed', 'settlement_agreed'), ('settlement_referred', 'settlement_referred'), ('settlement_decided', 'settlement_decided')], max_length=30),
        ),
    ]
