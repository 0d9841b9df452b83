"""One's own account: password, second factor, and where one is signed in."""

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from marketplace.actions import passwords, second_factors, sign_ins, throttles
from marketplace.models import RecoveryCode, SignIn, User
from marketplace.rules import throttles as limits
from marketplace.rules import totp
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.addresses import network_of
from marketplace.web.agents import browser_of
from marketplace.web.joining import mail_place
from marketplace.web.sign_ins import CodeForm
from marketplace.web.words import said

ISSUER = "Jijian"
GIVEN, GIVEN_FOR_S = "password_given", 600  # in the session: when the password was typed again


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own account."""
    user: Any = request.user
    here = request.session.session_key
    sessions = [
        {"one": one, "browser": browser_of(one.agent), "is_here": one.session_key == here}
        for one in SignIn.objects.of(user)[:50]
    ]
    context = {
        "sessions": sessions,
        "others": sum(not row["is_here"] for row in sessions),
        "codes_left": RecoveryCode.objects.filter(user=user, used_at=None).count(),
        "factor_at": user.second_factor_at,
    }
    return render(request, "marketplace/account.html", context)


@sensitive_post_parameters()
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password, with the old one; all other sessions end."""
    user: Any = request.user
    if request.method == "POST":
        throttles.take(limits={f"password of {user.public_id}": limits.PASSWORD}, at=clock.machine_now())
    form = PasswordChangeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        before = request.session.session_key or ""
        chosen = form.cleaned_data["new_password1"]
        passwords.change(
            user=user, password=chosen, keep=before, address=network_of(request), at=clock.machine_now()
        )
        user.refresh_from_db()
        update_session_auth_hash(request, user)
        sign_ins.moved(before=before, after=request.session.session_key or "")
        throttles.forget(what=f"password of {user.public_id}")
        messages.success(request, _("Your password is changed, and all other sessions are ended."))
        return redirect("account")
    context = {"form": form, "title": _("Change password"), "button": _("Change the password")}
    return render(request, "marketplace/password.html", context, status=400 if form.errors else 200)


class ForgotForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "username"})
    )


def forgot(request: HttpRequest) -> HttpResponse:
    """Mail a link to set a new password; the answer is the same whether or not there is an account."""
    form = ForgotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.forgot(
                email=form.cleaned_data["email"], address=network_of(request), at=clock.machine_now()
            )
        except DomainError as error:
            form.add_error(None, said(error))
        else:
            return render(request, "marketplace/mailed.html", {"place": mail_place(), "what": "reset"})
    return render(request, "marketplace/forgot.html", {"form": form}, status=400 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
def new_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Set a password by a link that was mailed; all sessions end, and a second factor is still asked for."""
    user = _named(key)
    if user is None or not default_token_generator.check_token(user, token):
        return render(request, "marketplace/link_spent.html", status=410)
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["new_password1"]
        passwords.change(
            user=user, password=chosen, keep="", address=network_of(request), at=clock.machine_now()
        )
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("login")
    context = {"form": form, "title": _("Set a new password"), "button": _("Set the password")}
    return render(request, "marketplace/new_password.html", context, status=400 if form.errors else 200)


class OwnPasswordForm(forms.Form):
    """One's own password, typed again before something weighty."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.user = user

    def clean_password(self) -> str:
        """Compare it with the account's."""
        text: str = self.cleaned_data["password"]
        if not self.user.check_password(text):
            raise forms.ValidationError(_("This password is wrong."), code="wrong_password")
        return text


def _gave_password(request: HttpRequest) -> bool:
    given: Any = request.session.get(GIVEN, 0)
    return isinstance(given, int) and 0 <= clock.machine_now().timestamp() - given < GIVEN_FOR_S


def _ask_password(request: HttpRequest) -> HttpResponse:
    """Ask for the password before an authenticator: a session alone may be somebody else's."""
    user: Any = request.user
    if request.method == "POST":
        throttles.take(limits={f"password of {user.public_id}": limits.PASSWORD}, at=clock.machine_now())
    form = OwnPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        throttles.forget(what=f"password of {user.public_id}")
        request.session[GIVEN] = int(clock.machine_now().timestamp())
        return redirect("second-factor")
    context = {"form": form, "title": _("Set up an authenticator"), "button": _("Confirm")}
    return render(request, "marketplace/password.html", context, status=400 if form.errors else 200)


@sensitive_post_parameters()
@login_required
@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator, after the password: scan the picture, type a code, keep the recovery codes."""
    user: Any = request.user
    if not _gave_password(request):
        return _ask_password(request)
    secret = second_factors.begin(by=user, at=clock.machine_now())
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = _("The six digits that the app shows now.")
    if request.method == "POST" and form.is_valid():
        try:
            keep, typed = request.session.session_key or "", form.cleaned_data["code"]
            codes = second_factors.confirm(by=user, code=typed, keep=keep, at=clock.machine_now())
        except DomainError as error:
            form.add_error("code", said(error))
        else:
            return render(request, "marketplace/recovery_codes.html", {"codes": codes})
    address = totp.address(secret, account=user.email, issuer=ISSUER)
    context = {
        "form": form,
        "picture": segno.make_qr(address, error="m").svg_data_uri(scale=5, border=3, light="#fff"),
        "secret": totp.base32(secret),
    }
    return render(request, "marketplace/second_factor.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
def second_factor_act(request: HttpRequest, verb: str) -> HttpResponse:
    """Take the authenticator away, or make new recovery codes: with a right code."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = second_factors.remove if verb == "remove" else second_factors.renew_codes
        try:
            codes = act(by=request.user, code=form.cleaned_data["code"], at=clock.machine_now())  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error("code", said(error))
        else:
            if verb == "codes":
                return render(request, "marketplace/recovery_codes.html", {"codes": codes})
            messages.success(request, _("Your account has no second factor any more."))
            return redirect("account")
    context = {"form": form, "verb": verb}
    return render(request, "marketplace/second_factor_act.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def end_session(request: HttpRequest, public_id: str) -> HttpResponse:
    """End one session of one's own; the one of this browser by signing out."""
    user: Any = request.user
    one = get_object_or_404(SignIn.objects.of(user), public_id=public_id)
    sign_ins.end(one=one, by=user, at=clock.machine_now())
    return redirect("account")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    keep = request.session.session_key or ""
    many = sign_ins.end_others(by=request.user, keep=keep, at=clock.machine_now())  # type: ignore[arg-type]
    messages.success(request, _("{many} other sessions are ended.").format(many=many))
    return redirect("account")


def _named(key: str) -> User | None:
    try:
        named = int(urlsafe_base64_decode(key))
    except ValueError:
        return None
    return User.objects.filter(pk=named, is_active=True, is_robot=False).first() if named < 2**63 else None
