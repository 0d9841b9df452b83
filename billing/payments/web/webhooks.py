"""What providers send us: checked, stored once, answered at once; all else happens afterwards."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.payments.actions import provider_events
from billing.payments.gateway import providers
from billing.payments.rules.providers import MessageRefused
from marketplace.shared import clock


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """Take an event of Stripe; 200 only once it is stored, so that Stripe sends it again otherwise."""
    provider = providers.online().get("stripe")
    if provider is None:
        return JsonResponse({"reason": "Stripe is not set up here."}, status=404)
    try:
        events = provider.verify_and_parse(dict(request.headers), request.body, clock.machine_now())
    except MessageRefused as refusal:
        return JsonResponse({"reason": str(refusal)}, status=400)
    for event in events:
        provider_events.receive(event=event, provider=provider.code, at=clock.now())
    return JsonResponse({"received": len(events)})
