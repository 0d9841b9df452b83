"""Members of an organization, invitations to it, and what it asks of the sign-in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.actions import invitations, members
from marketplace.models import AskedIn, Invitation, User
from marketplace.models.parties import GUARDED, Role
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.queries.members import members_of
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.joining import check_name, mail_place
from marketplace.web.sign_ins import enter
from marketplace.web.words import mark, said


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.VIEWER)


class NewMemberForm(forms.Form):
    """The account of somebody new, whose address the link has proved."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "name"}),
        validators=[check_name],
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    accepts_notice = forms.BooleanField(label=gettext_lazy("I have read the privacy notice and accept it"))

    def __init__(self, *args: Any, email: str, **given: Any) -> None:
        super().__init__(*args, **given)
        self.email = email
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self) -> str:
        """Ask whether the password is a good one."""
        text: str = self.cleaned_data["password"]
        validate_password(text, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return text


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the members, and invite others."""
    organization = acting_organization(request)
    user: Any = request.user
    may = allowed(user, Permission.MEMBER_EDIT, within=organization)
    form = InviteForm(request.POST or None, initial={"email": request.GET.get("email", "")[:254]})
    if request.method == "POST" and form.is_valid():
        try:
            made = invitations.invite(organization=organization, by=user, at=clock.now(), **form.cleaned_data)
        except DomainError as error:
            mark(form, error)
        else:
            told = _("{email} is invited by mail; the link works for seven days.").format(email=made.email)
            messages.success(request, told)
            return redirect("members")
    context: dict[str, Any] = {
        "rows": members_of(organization),
        "me": user,
        "form": form,
        "may": may,
        "roles": Role.choices,
        "guarded": [Role(role).label for role in GUARDED],
        "place": mail_place(),
    }
    if may:
        context["open"] = Invitation.objects.open(clock.now()).filter(organization=organization)
        context["asked"] = AskedIn.objects.filter(organization=organization).order_by("asked_at")
    status = 400 if form.errors else 200
    return render(request, "marketplace/members.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Give a member another role, or let it go."""
    organization, by = acting_organization(request), request.user
    require(by, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
    known = User.objects.filter(memberships__organization=organization).distinct()
    who: dict[str, Any] = {
        "organization": organization,
        "user": get_object_or_404(known, public_id=public_id),
        "by": by,
        "at": clock.now(),
    }
    if verb == "role":
        members.set_role(role=request.POST.get("role", ""), **who)
        messages.success(request, _("{name} has another role now.").format(name=who["user"].name))
    else:
        members.remove(**who)
        messages.success(request, _("{name} no longer acts for you.").format(name=who["user"].name))
    return redirect("home" if verb == "remove" and who["user"] == by else "members")


@require_POST
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the acting organization."""
    organization = acting_organization(request)
    members.leave(organization=organization, by=request.user, at=clock.now())  # type: ignore[arg-type]
    messages.success(request, _("You no longer act for {name}.").format(name=organization.name))
    return redirect("home")


@require_POST
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask administrators and finance for a second factor, or no longer."""
    members.ask_second_factor(
        organization=acting_organization(request),
        on=request.POST.get("on") == "1",
        by=request.user,  # type: ignore[arg-type]
        at=clock.now(),
    )
    return redirect("members")


@require_POST
@login_required
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an invitation back."""
    organization = acting_organization(request)
    require(request.user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
    held = get_object_or_404(Invitation, organization=organization, public_id=public_id)
    invitations.revoke(invitation=held, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("members")


@require_POST
@login_required
def dismiss(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let somebody's asking go unanswered."""
    organization = acting_organization(request)
    require(request.user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
    held = get_object_or_404(AskedIn, organization=organization, public_id=public_id)
    invitations.dismiss(asked=held, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("members")


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: with the account of its address, or with a new one."""
    held = invitations.found(token=token, at=clock.now())
    user = request.user if request.user.is_authenticated else None
    has_account = User.objects.filter(email=held.email).exists()
    form = None if has_account else NewMemberForm(request.POST or None, email=held.email)
    if request.method == "POST" and user is not None:
        invitations.accept(token=token, by=user, at=clock.now())
        request.session["organization"] = held.organization.public_id
        return redirect("home")
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            person = invitations.accept_new(token=token, at=clock.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, said(error))
        else:
            answer = enter(request, person, "")
            request.session["organization"] = held.organization.public_id
            return answer
    context = {
        "held": held,
        "role": held.get_role_display(),
        "form": None if user else form,
        "is_other": user is not None and user.email != held.email,
        "has_account": has_account,
        "signed_in": user is not None,
    }
    failed = form is not None and bool(form.errors)
    return render(request, "marketplace/invitation.html", context, status=400 if failed else 200)
