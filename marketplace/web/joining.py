"""Signing an organization up: the form, the check of its code, asking to be invited, the confirmation."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from marketplace.actions import joining, throttles
from marketplace.models import User
from marketplace.models.parties import OrganizationKind
from marketplace.rules import identifiers
from marketplace.rules import throttles as limits
from marketplace.rules.joining import KINDS, LONGEST, NO_LINK, Applicant, ApplicantInvalid, has_link, read
from marketplace.rules.proofs import Paper
from marketplace.rules.regions import province_of
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.addresses import network_of
from marketplace.web.papers import PaperField
from marketplace.web.words import mark, said


def check_name(text: str) -> None:
    """
    Let a person's name pass that leads nowhere.

    :raises forms.ValidationError: if it holds an address
    """
    if has_link(text):
        raise forms.ValidationError(_(NO_LINK), code="no_name")


class OrganizationForm(forms.Form):
    """An organization as it describes itself; what is wrong is said by the rule, at the field."""

    credit_code = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        max_length=40,
        help_text=gettext_lazy("18 characters, as on the business licence."),
        widget=forms.TextInput(
            {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    name = forms.CharField(label=gettext_lazy("Registered name"), max_length=LONGEST["name"])
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of organization"),
        choices=[(one, OrganizationKind(one).label) for one in KINDS],
    )
    region_code = forms.CharField(
        label=gettext_lazy("Region code"),
        max_length=LONGEST["region_code"],
        required=False,
        help_text=gettext_lazy("Six digits; left empty it is that of the credit code."),
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    industry_code = forms.CharField(
        label=gettext_lazy("Industry code"),
        max_length=LONGEST["industry_code"],
        required=False,
        help_text=gettext_lazy("GB/T 4754, as in C3421."),
    )
    address = forms.CharField(
        label=gettext_lazy("Registered address"),
        max_length=LONGEST["address"],
        widget=forms.TextInput({"autocomplete": "street-address"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone of the organization"),
        max_length=LONGEST["phone"],
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
    )
    licence = PaperField(Paper.LICENCE, gettext_lazy("Business licence"))
    mandate = PaperField(Paper.MANDATE, gettext_lazy("Mandate of the person who signs up"))

    applicant: Applicant | None = None

    def clean(self) -> dict[str, Any]:
        """Ask the rule what is wrong, and whether the code is registered."""
        found = super().clean() or self.cleaned_data
        try:
            self.applicant = read({name: found.get(name, "") for name in Applicant.__annotations__})
        except ApplicantInvalid as error:
            for flaw in error.flaws:
                name = flaw.pointer.strip("/")
                if name not in self.errors:
                    self.add_error(name, _(flaw.text).format(**flaw.facts))
        else:
            if joining.is_registered(credit_code=self.applicant.credit_code):
                self.add_error("credit_code", _("This organization is registered: ask for an invitation."))
        return found


class JoinForm(OrganizationForm):
    """An organization with its first person, who has no account yet."""

    person_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "name"}),
        validators=[check_name],
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        help_text=gettext_lazy("You get a link there, set a password, and sign in with both."),
        widget=forms.EmailInput({"autocomplete": "username"}),
    )


class ConfirmForm(forms.Form):
    """The password that whoever has the mail sets."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    accepts_notice = forms.BooleanField(label=gettext_lazy("I have read the privacy notice and accept it"))

    def __init__(self, *args: Any, person: User, **given: Any) -> None:
        super().__init__(*args, **given)
        self.person = person
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self) -> str:
        """Ask whether the password is a good one."""
        text: str = self.cleaned_data["password"]
        validate_password(text, self.person)
        return text


class AskForm(forms.Form):
    """Who asks for an invitation of a registered organization."""

    credit_code = forms.CharField(label=gettext_lazy("Unified social credit code"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=80, validators=[check_name])
    email = forms.EmailField(label=gettext_lazy("Your e-mail address"), max_length=254)


@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """Sign an organization up; who is signed in registers it at once, others confirm their address first."""
    person: Any = request.user if request.user.is_authenticated else None
    kind = OrganizationForm if person else JoinForm
    if request.method == "POST":
        try:
            joining.check_tries(by=person, address=network_of(request), at=clock.machine_now())
        except DomainError as error:
            return _waiting(request, kind, error)
    form = kind(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _registered(request, form) if person else _begun(request, form)
        except DomainError as error:
            mark(form, error)
    context = {"form": form, "known": bool(person), "code": code_said(form.data.get("credit_code", ""))}
    return render(request, "register.html", context, status=400 if form.errors else 200)


def _waiting(request: HttpRequest, kind: type[OrganizationForm], error: DomainError) -> HttpResponse:
    """Show the form as it was typed, its papers unread, and say how long one has to wait."""
    known = request.user.is_authenticated
    context = {"form": kind(initial=request.POST.dict()), "known": known, "waits": said(error)}
    return render(request, "register.html", context, status=error.status)


def _registered(request: HttpRequest, form: OrganizationForm) -> HttpResponse:
    given = form.cleaned_data
    made = joining.register(
        applicant=form.applicant,  # type: ignore[arg-type]
        licence=given["licence"],
        mandate=given["mandate"],
        by=request.user,  # type: ignore[arg-type]
        at=clock.now(),
    )
    request.session["organization"] = made.public_id
    messages.success(request, _("The organization is registered. The platform checks its papers now."))
    return redirect("verification")


def _begun(request: HttpRequest, form: OrganizationForm) -> HttpResponse:
    given = form.cleaned_data
    joining.begin(
        applicant=form.applicant,  # type: ignore[arg-type]
        person_name=given["person_name"],
        email=given["email"],
        licence=given["licence"],
        mandate=given["mandate"],
        address=network_of(request),
        at=clock.now(),
    )
    return render(request, "marketplace/mailed.html", {"place": mail_place(), "what": "join"})


@require_GET
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Say of a code, while it is typed, what is wrong with it or whether it is registered: a fragment."""
    text = request.GET.get("credit_code", "")[:40]
    if not identifiers.flaws(text):
        tries = {f"codes from {network_of(request)}": limits.CODE_ADDRESS}
        try:
            throttles.take(limits=tries, at=clock.machine_now())
        except throttles.TooManyTries as error:
            return render(request, "marketplace/parts/code.html", {"code": {"wrong": said(error)}})
    return render(request, "marketplace/parts/code.html", {"code": code_said(text)})


def code_said(text: str) -> dict[str, Any]:
    """Return what is known of a code as typed: what is wrong, that it is registered, or where it is."""
    typed = identifiers.normalise(str(text)[:40])
    if not typed:
        return {}
    wrong = identifiers.flaws(typed)
    if wrong:
        return {"wrong": _(wrong[0].text).format(**wrong[0].facts), "typed": len(typed)}
    found = identifiers.parse_credit_code(typed)
    province = province_of(found.region_code)
    return {
        "value": typed,
        "taken": joining.is_registered(credit_code=typed),
        "region": f"{found.region_code} {province.name_zh if province else ''}".strip(),
    }


@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the administrators of an organization for an invitation; the answer is the same for all."""
    start = {"credit_code": request.GET.get("credit_code", "")[:40]}
    if request.user.is_authenticated:
        start |= {"name": request.user.name, "email": request.user.email}
    form = AskForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            joining.ask(address=network_of(request), at=clock.now(), **form.cleaned_data)
        except DomainError as error:
            mark(form, error)
        else:
            return render(request, "marketplace/mailed.html", {"what": "ask"})
    return render(request, "marketplace/join_ask.html", {"form": form}, status=400 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an e-mail address, and set the password: who signed up may be a stranger to the address."""
    held = joining.waiting(token=token, at=clock.now())
    form = ConfirmForm(request.POST or None, person=User(email=held.email, name=held.person_name))
    if request.method != "POST" or not form.is_valid():
        context = {"held": held, "name": held.given["name"], "form": form}
        status = 400 if form.errors else 200
        return render(request, "marketplace/join_confirm.html", context, status=status)
    joining.confirm(token=token, password=form.cleaned_data["password"], accepts_notice=True, at=clock.now())
    messages.success(request, _("Your address is confirmed. Sign in; the platform checks the papers now."))
    return redirect("login")


def mail_place() -> str:
    """Return where mails are found on a machine for trying out; nothing where they are really sent."""
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        return str(settings.EMAIL_FILE_PATH)
    return _("the output of the server") if settings.EMAIL_BACKEND.endswith("console.EmailBackend") else ""
