"""Signing in and out: e-mail and password, then the second factor of whoever has one."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from marketplace.actions import second_factors, sign_ins
from marketplace.actions.throttles import TooManyTries
from marketplace.models import User
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.addresses import address_of, network_of
from marketplace.web.words import said

HALF, MINUTES = "signing_in", timedelta(minutes=10)
BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInForm(AuthenticationForm):
    """E-mail and password; how often is counted before it is known whether they are right."""

    username = UsernameField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput({"autofocus": True, "autocomplete": "username"})
    )

    def clean(self) -> dict[str, Any]:
        """Count the try, then look; the answer never tells whether there is such an account."""
        email = str(self.cleaned_data.get("username") or "").strip().lower()
        self.cleaned_data["username"] = email
        if email and self.cleaned_data.get("password") and self.request is not None:
            try:
                sign_ins.try_password(email=email, address=network_of(self.request), at=clock.machine_now())
            except TooManyTries as error:
                raise forms.ValidationError(said(error), code=error.code) from error
        found: dict[str, Any] = super().clean()
        if email and self.user_cache is not None and self.request is not None:
            sign_ins.succeeded(email=email, address=network_of(self.request))
        return found


class SignIn(LoginView):
    """The page for signing in."""

    template_name = "login.html"
    authentication_form = SignInForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Let somebody in, or ask for the second factor first."""
        user: User = form.get_user()
        if user.second_factor_at is None:
            return enter(self.request, user, self.get_success_url())
        self.request.session[HALF] = {
            "user": user.public_id,
            "seal": user.get_session_auth_hash(),
            "next": self.get_success_url(),
            "at": clock.machine_now().isoformat(),
        }
        return redirect("login-code")


class SignOut(LogoutView):
    """Sign out; the list of sessions knows it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """End the session."""
        if request.session.session_key:
            sign_ins.ended(session_key=request.session.session_key, at=clock.machine_now())
        return super().post(request, *args, **kwargs)


class CodeForm(forms.Form):
    """The code of an authenticator, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy(
            "The six digits that your authenticator shows, or one of your recovery codes."
        ),
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none"}
        ),
    )


@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of somebody whose password was right a moment ago."""
    half = _half(request)
    if half is None:
        return redirect("login")
    user, target = half
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_factors.check(user=user, code=form.cleaned_data["code"], at=clock.machine_now())
        except DomainError as error:
            form.add_error("code", said(error))
        else:
            return enter(request, user, target)
    return render(request, "marketplace/login_code.html", {"form": form}, status=400 if form.errors else 200)


def enter(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """Sign somebody in under a new session, note where, and go on."""
    request.session.pop(HALF, None)
    login(request, user, backend=BACKEND)
    request.session.save()
    assert request.session.session_key
    now = clock.machine_now()
    sign_ins.began(
        user=user,
        session_key=request.session.session_key,
        agent=request.headers.get("User-Agent", ""),
        address=address_of(request),
        at=now,
    )
    request.session["seen"] = int(now.timestamp())
    return redirect(target or resolve_url(settings.LOGIN_REDIRECT_URL))


def _half(request: HttpRequest) -> tuple[User, str] | None:
    """Return who gave the right password within ten minutes, and where that one wanted to go."""
    held = request.session.get(HALF)
    if not held:
        return None
    age = clock.machine_now() - timezone.datetime.fromisoformat(held["at"])  # type: ignore[attr-defined]
    user = User.objects.filter(public_id=held["user"], is_active=True).first()
    if user is None or age > MINUTES or held["seal"] != user.get_session_auth_hash():
        del request.session[HALF]
        return None
    return user, held["next"]


class SeenSessions:
    """Note every five minutes that a session is in use, and end one that its person ended elsewhere."""

    EVERY = 300  # seconds

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        session = getattr(request, "session", None)
        if session is None or not session.accessed or not session.session_key:
            return response
        last, now = session.get("seen"), clock.machine_now()
        if isinstance(last, int) and now.timestamp() - last > self.EVERY:
            if sign_ins.seen(session_key=session.session_key, at=now):
                session["seen"] = int(now.timestamp())
            else:  # it was ended, but something kept it
                session.flush()
        return response
