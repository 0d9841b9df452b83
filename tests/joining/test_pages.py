"""Signing up, being verified, members and the account on pages: without script, in both languages."""

import re
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from marketplace.actions import invitations, second_factors, verifications
from marketplace.models import (
    AskedIn,
    Invitation,
    JoinRequest,
    Letter,
    Listing,
    MaturityDeclaration,
    Membership,
    Organization,
    SecondFactor,
    SignIn,
    User,
    Verification,
    VerificationPaper,
)
from marketplace.models.parties import Role
from marketplace.rules import proofs, totp
from marketplace.rules import throttles as limits
from tests import once
from tests.factories import marketplace as make
from tests.joining import world

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


class Place:
    """A waiting organization, its administrator, the platform, and browsers for both."""

    def __init__(self):
        self.platform = make.platform()
        self.checker = make.member(self.platform, Role.OPERATOR)
        self.admin = make.user("王敏")
        self.waiting = world.joined(self.admin, at=timezone.now())

    @property
    def case(self):
        return Verification.objects.filter(organization=self.waiting).latest("pk")


place = once.fixture(lambda: Place())


def browser(user=None):
    client = Client(**ENGLISH)
    if user:
        client.force_login(user)
    return client


def read(answer):
    """What a page says, without its token."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def link(letter):
    return re.search(r"https?://[^/]+(/\S+)", letter.body)[1]


class TestJoining:
    def test_a_stranger_signs_up_confirms_and_signs_in(self, client, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = "/srv/mail"
        sent = world.form()
        answer = client.post("/join/", sent)
        assert "/srv/mail" in answer.content.decode()
        address = link(Letter.objects.get())
        assert sent["name"] in client.get(address).content.decode()
        assert not User.objects.exists()
        weak = client.post(address, {"password": "12345678"})
        assert weak.status_code == 400
        assert re.search("common|numeric|数字|常见", weak.content.decode())
        assert client.post(address, {"password": ""}).status_code == 400
        assert not User.objects.exists()
        assert client.post(address, {"password": world.PASSWORD, "accepts_notice": "on"}).url == "/login/"
        assert client.get(address).status_code == 409

        signed = client.post("/login/", {"username": sent["email"].upper(), "password": world.PASSWORD})
        assert signed.url == "/home/"
        assert SignIn.objects.get().user.email == sent["email"]
        shown = client.get("/members/").content.decode()
        assert "尚未通过实名认证" in shown

    def test_who_is_signed_in_registers_at_once(self, db):
        user = make.user()
        visitor = browser(user)
        assert visitor.get("/home/").url == "/join/"
        assert "Your e-mail" not in visitor.get("/join/").content.decode()
        sent = world.form()

        assert visitor.post("/join/", sent).url == "/verification/"
        assert user.roles_in(Organization.objects.get()) == [Role.ADMIN]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"credit_code": "91320594MA1X0000AA"}, "check"),
            ({"credit_code": "<script>alert(1)</script>"}, "characters"),
            ({"name": ""}, "required"),
            ({"name": "Prize: HTTPS://a.cn/x"}, "name alone"),
            ({"person_name": "www.a.cn"}, "name alone"),
            ({"kind": "PLATFORM"}, "valid choice"),
            ({"phone": "'; DROP TABLE"}, "phone number"),
            ({"email": "nobody"}, "e-mail|email"),
            ({"licence": SimpleUploadedFile("a.png", b"")}, "empty"),
            ({"licence": SimpleUploadedFile("a.html", b"<html>")}, "no PDF"),
            ({"licence": SimpleUploadedFile("a.png", world.picture((60_000, 1)))}, "no PDF"),
            ({"mandate": ""}, "required"),
            ({"mandate": SimpleUploadedFile("a.pdf", world.PDF + b"x" * 6_000_000)}, "5 MB"),
        ],
    )
    def test_says_at_the_field_what_is_wrong_and_keeps_nothing(self, db, changes, said):
        answer = browser().post("/join/", world.form(**changes))

        assert answer.status_code == 400
        assert re.search(said, answer.content.decode())
        assert not JoinRequest.objects.exists()
        assert not Letter.objects.exists()

    @pytest.mark.parametrize("known", [True, False])
    def test_whoever_has_to_wait_is_told_in_the_form_and_no_picture_is_read(self, db, monkeypatch, known):
        monkeypatch.setattr(limits, "JOIN_ADDRESS", limits.Limit(1, limits.HOUR, limits.HOUR, limits.DAY))
        monkeypatch.setattr(limits, "REGISTER", limits.JOIN_ADDRESS)
        visitor = browser(make.user() if known else None)
        assert visitor.post("/join/", world.form()).status_code in (200, 302)
        monkeypatch.setattr(proofs, "read", None)
        answer = visitor.post("/join/", world.form(phone="0512-7777777"))

        assert answer.status_code == 429
        assert "minutes" in answer.content.decode()
        assert "0512-7777777" in answer.content.decode()

    def test_a_body_beyond_both_papers_is_not_read(self, db):
        answer = browser().post("/join/", world.form(mandate=SimpleUploadedFile("a.pdf", b"x" * 33_000_000)))

        assert answer.status_code == 413

    def test_a_known_address_is_answered_alike(self, db):
        known = make.user()
        one, other = (browser().post("/join/", world.form(email=email)) for email in (known.email, "x@a.cn"))

        assert one.status_code == other.status_code == 200
        assert read(one) == read(other)

    def test_too_many_wait(self, db):
        visitor = browser()
        for _ in range(5):
            assert visitor.post("/join/", world.form()).status_code == 200
        answer = visitor.post("/join/", world.form())

        assert (answer.status_code, JoinRequest.objects.count()) == (429, 5)
        assert "too often" in answer.content.decode()


class TestTheCodeAsTyped:
    def said(self, text):
        return browser().get("/join/code/", {"credit_code": text}).content.decode()

    def test_is_checked_digit_by_digit(self, db):
        code = world.code()
        assert "320594 江苏" in self.said(f" {code.lower()} ")
        assert "code-wrong" in self.said(code[:17])
        assert "code-wrong" in self.said(code[:17] + ("0" if code[17] != "0" else "1"))
        assert self.said("").strip() == ""

    def test_that_waits_is_nobodys(self, place):
        assert "join/ask" not in self.said(place.waiting.credit_code)

    def test_that_is_registered_names_nobody_and_leads_to_asking(self, place):
        Organization.objects.update(awaits_verification=False)
        said = self.said(place.waiting.credit_code)

        assert f"/join/ask/?credit_code={place.waiting.credit_code}" in said
        assert place.waiting.name not in said
        assert place.admin.name not in said
        asked = {"credit_code": place.waiting.credit_code, "name": "<b>Li</b>", "email": "li@a.cn"}
        known = browser().post("/join/ask/", asked)
        unknown = browser().post("/join/ask/", asked | {"credit_code": world.code()})
        assert read(known) == read(unknown)
        assert AskedIn.objects.get().organization == place.waiting
        shown = browser(place.admin).get("/members/").content.decode()
        assert "&lt;b&gt;Li" in shown
        refused = browser().post("/join/ask/", asked | {"credit_code": "x"})
        assert refused.status_code == 400

    def test_is_not_guessed_by_the_thousand(self, place, monkeypatch):
        from marketplace.rules import throttles

        Organization.objects.update(awaits_verification=False)
        monkeypatch.setattr(throttles, "CODE_ADDRESS", throttles.ASK_ADDRESS)
        for _ in range(5):
            self.said(place.waiting.credit_code)

        assert "join/ask" not in self.said(place.waiting.credit_code)


class TestVerification:
    def test_is_answered_on_its_page(self, place):
        verifications.decide(
            case=place.case,
            step="ASK",
            reason="The stamp is missing.",
            within=place.platform,
            by=place.checker,
            at=timezone.now(),
            on=timezone.localdate(),
        )
        visitor = browser(place.admin)
        shown = visitor.get("/verification/").content.decode()
        assert "The stamp is missing." in shown
        assert place.checker.name not in shown
        given = {name: getattr(place.waiting, name) for name in ("name", "region_code", "address", "phone")}
        assert visitor.post("/verification/", given | {"industry_code": "C3421"}).status_code == 400
        more = given | {"other": SimpleUploadedFile("stamp.png", world.picture())}
        assert visitor.post("/verification/", more).status_code == 302
        assert place.case.state == "WAITING"

    def test_is_decided_beside_the_papers(self, place):
        visitor = browser(place.checker)
        queue = visitor.get("/verifications/").content.decode()
        address = f"/verifications/{place.case.public_id}/"
        assert address in queue
        shown = visitor.get(address).content.decode()
        assert place.waiting.credit_code in shown
        assert '<img class="scan"' in shown
        assert visitor.post(address, {"step": "REFUSE", "reason": ""}).status_code == 400
        assert visitor.post(address, {"step": "KING"}).status_code == 400
        assert visitor.post(address, {"step": "APPROVE"}).url == "/verifications/"
        assert visitor.post(address, {"step": "APPROVE"}).status_code == 400
        assert "verified" in browser(place.admin).get("/verification/").content.decode()

    def test_papers_are_read_by_administrators_and_checkers_alone(self, place):
        picture, pdf = VerificationPaper.objects.filter(verification=place.case).order_by("pk")
        for who in (place.admin, place.checker):
            assert browser(who).get(f"/verifications/papers/{picture.public_id}/").status_code == 200
        strangers = (make.member(place.waiting, Role.VIEWER), make.member(make.organization()))
        strangers += (make.member(place.platform, Role.FINANCE),)
        for who in strangers:
            for path in (f"papers/{pdf.public_id}/", f"{place.case.public_id}/", ""):
                assert browser(who).get(f"/verifications/{path}").status_code == 404
        answer = browser(place.admin).get(f"/verifications/papers/{pdf.public_id}/")
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_the_regular_check_is_begun_from_the_queue(self, place):
        now = timezone.now()
        Organization.objects.filter(pk=place.waiting.pk).update(awaits_verification=False)
        due = make.organization(verified_at=now, verify_again_on=timezone.localdate())
        visitor = browser(place.checker)
        assert due.name in visitor.get("/verifications/").content.decode()
        answer = visitor.post("/verifications/recheck/", {"organization": due.public_id})

        assert answer.url == f"/verifications/{Verification.objects.get(organization=due).public_id}/"
        assert visitor.post("/verifications/recheck/", {"organization": "x"}).status_code == 404

    def test_a_refusal_at_the_gate_is_a_page(self, place):
        draft = make.listing(place.waiting, status=Listing.Status.DRAFT, published_at=None)
        answer = browser(place.admin).post(f"/my-listings/{draft.public_id}/publish/")

        assert answer.status_code in (302, 403)
        assert Listing.objects.get(pk=draft.pk).status == "DRAFT"


class TestMembers:
    def test_are_invited_and_come_in_with_a_new_account(self, place):
        visitor = browser(place.admin)
        assert visitor.post("/members/", {"email": "li@a.cn", "role": "OPERATOR"}).status_code == 302
        assert visitor.post("/members/", {"email": "no", "role": "OPERATOR"}).status_code == 400
        address = link(Letter.objects.get(to="li@a.cn"))
        newcomer = browser()
        shown = newcomer.get(address).content.decode()
        assert place.waiting.name in shown
        assert newcomer.post(address, {"name": "李雷", "password": "123"}).status_code == 400
        told = {"name": "李雷", "password": world.PASSWORD}
        assert newcomer.post(address, told).status_code == 400
        assert newcomer.post(address, told | {"accepts_notice": "on"}).status_code == 302
        assert newcomer.get("/members/").status_code == 200
        assert newcomer.get(address).status_code == 409
        assert User.objects.get(email="li@a.cn").roles_in(place.waiting) == ["OPERATOR"]

    def test_with_an_account_sign_in_first(self, place):
        known, other = make.user(), make.user()
        made = invitations.invite(
            organization=place.waiting,
            email=known.email,
            role="VIEWER",
            by=place.admin,
            at=timezone.now(),
        )
        address = invitations.path_of(invitation=made)
        assert f"/login/?next={quote(address)}" in browser().get(address).content.decode()
        assert browser().post(address, {"name": "x", "password": world.PASSWORD}).status_code == 200
        assert "another address" in browser(other).get(address).content.decode()
        assert browser(other).post(address).status_code == 403
        assert browser(known).post(address).status_code == 302
        assert known.memberships.get().role == "VIEWER"

    def test_change_and_go(self, place):
        visitor, user = browser(place.admin), make.member(place.waiting, Role.VIEWER)
        assert visitor.post(f"/members/{user.public_id}/role/", {"role": "FINANCE"}).url == "/members/"
        assert user.memberships.get().role == "FINANCE"
        assert visitor.post(f"/members/{user.public_id}/role/", {"role": "KING"}).status_code == 400
        assert visitor.post(f"/members/{user.public_id}/remove/").url == "/members/"
        assert not user.memberships.exists()
        assert visitor.post(f"/members/{user.public_id}/remove/").status_code == 404
        assert visitor.post("/members/leave/").status_code == 409
        assert visitor.post("/members/second-factor/", {"on": "1"}).status_code == 409

    def test_invitations_and_questions_are_taken_back(self, place):
        made = invitations.invite(
            organization=place.waiting, email="a@a.cn", role="VIEWER", by=place.admin, at=timezone.now()
        )
        asked = AskedIn.objects.create(
            organization=place.waiting, name="x", email="x@a.cn", asked_at=timezone.now()
        )
        paths = (f"invitations/{made.public_id}/revoke/", f"asked/{asked.public_id}/dismiss/")
        stranger = browser(make.member(make.organization()))
        viewer = browser(make.member(place.waiting, Role.VIEWER))
        for path in paths:
            assert stranger.post(f"/members/{path}").status_code == 404
            assert viewer.post(f"/members/{path}").status_code == 403
            assert browser(place.admin).post(f"/members/{path}").status_code == 302
        assert Invitation.objects.get().revoked_at
        assert not AskedIn.objects.exists()
        assert "a@a.cn" not in viewer.get("/members/").content.decode()


class TestSigningIn:
    def sign_in(self, client, user, password="secret-pass"):
        return client.post("/login/?next=/members/", {"username": user.email, "password": password})

    def test_waits_after_too_many_wrong_passwords_known_or_not(self, db):
        user = make.user()
        for email in (user.email, "nobody@a.cn"):
            client = browser()
            for _ in range(5):
                answer = client.post("/login/", {"username": email, "password": "x"})
                assert "too often" not in answer.content.decode()
            answer = client.post("/login/", {"username": email, "password": "secret-pass"})
            assert "too often" in answer.content.decode()
        assert "_auth_user_id" not in client.session

    def test_asks_for_the_code_of_whoever_has_an_authenticator(self, place):
        now = timezone.now()
        secret = second_factors.begin(by=place.admin, at=now)
        step = totp.step_of(int(now.timestamp()))
        codes = second_factors.confirm(by=place.admin, code=totp.code_at(secret, step), keep="a", at=now)
        client = browser()
        assert client.get("/login/code/").url == "/login/"
        assert self.sign_in(client, place.admin).url == "/login/code/"
        assert "_auth_user_id" not in client.session
        assert client.get("/members/").status_code == 302
        assert client.post("/login/code/", {"code": "000000"}).status_code == 400
        assert client.post("/login/code/", {"code": codes[0]}).url == "/members/"
        assert client.get("/members/").status_code == 200
        assert self.sign_in(browser(), place.admin).url == "/login/code/"

    def test_a_half_sign_in_is_worth_nothing_after_a_new_password(self, place):
        User.objects.filter(pk=place.admin.pk).update(second_factor_at=timezone.now())
        client = browser()
        self.sign_in(client, place.admin)
        place.admin.set_password("other-lathe-49")
        place.admin.save()

        assert client.get("/login/code/").url == "/login/"

    def test_of_the_back_office_is_the_same_door(self, db):
        assert browser().get("/admin/login/?next=/admin/").url == "/login/?next=/admin/"

    def test_is_listed_and_ended_from_elsewhere(self, place):
        here, there = browser(), Client(HTTP_USER_AGENT="Mozilla Firefox Android", **ENGLISH)
        for client in (here, there):
            assert self.sign_in(client, place.admin).url == "/members/"
        shown = here.get("/account/").content.decode()
        assert "Firefox · Android" in shown
        key = there.session.session_key
        assert key not in shown
        one = SignIn.objects.get(session_key=key)
        assert browser(make.user()).post(f"/account/sessions/{one.public_id}/end/").status_code == 404
        assert here.post(f"/account/sessions/{one.public_id}/end/").status_code == 302
        assert there.get("/account/").status_code == 302
        assert here.get("/account/").status_code == 200
        self.sign_in(there, place.admin)
        here.post("/account/sessions/end/")
        assert there.get("/account/").status_code == 302

    def test_is_seen_every_five_minutes_and_ended_by_signing_out(self, place):
        client = browser()
        self.sign_in(client, place.admin)
        SignIn.objects.update(seen_at=world.AT)
        client.get("/account/")
        assert SignIn.objects.get().seen_at == world.AT
        session = client.session
        session["seen"] = 0
        session.save()
        client.get("/account/")
        assert SignIn.objects.get().seen_at > world.AT
        SignIn.objects.update(ended_at=world.AT)  # but the cache kept the session
        session = client.session
        session["seen"] = 0
        session.save()
        client.get("/account/")
        assert client.get("/account/").status_code == 302
        self.sign_in(client, place.admin)
        SignIn.objects.filter(ended_at=world.AT).delete()
        client.post("/logout/")
        assert SignIn.objects.get().ended_at


class TestAccount:
    def test_a_password_is_changed_with_the_old_one_and_others_are_signed_out(self, db):
        user = make.user()
        here, there = browser(), browser()
        for client in (here, there):
            client.post("/login/", {"username": user.email, "password": "secret-pass"})
        fresh = {"new_password1": world.PASSWORD, "new_password2": world.PASSWORD}
        assert here.post("/account/password/", fresh | {"old_password": "x"}).status_code == 400
        assert here.post("/account/password/", fresh | {"old_password": "secret-pass"}).url == "/account/"
        assert here.get("/account/").status_code == 200
        assert there.get("/account/").status_code == 302
        assert SignIn.objects.of(user).get().session_key == here.session.session_key

    def test_a_forgotten_one_is_set_by_the_mailed_link_once(self, db):
        user, visitor = make.user(), browser()
        known = visitor.post("/password/forgot/", {"email": user.email})
        unknown = visitor.post("/password/forgot/", {"email": "nobody@a.cn"})
        assert read(known) == read(unknown)
        address = link(Letter.objects.get())
        assert visitor.post(address, {"new_password1": "x", "new_password2": "x"}).status_code == 400
        both = {"new_password1": world.PASSWORD, "new_password2": world.PASSWORD}
        assert visitor.post(address, both).url == "/login/"
        assert visitor.post(address, both).status_code == 410
        assert User.objects.get(pk=user.pk).check_password(world.PASSWORD)

    @pytest.mark.parametrize("path", ["x/y", "MQ/x-y", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/x-y", "é/x", "_/-"])
    def test_a_broken_link_is_said_to_be_one(self, db, path):
        assert browser().get(f"/password/reset/{path}/").status_code == 410

    def test_asking_for_links_too_often_waits(self, db):
        for _ in range(10):
            browser().post("/password/forgot/", {"email": "a@a.cn"})
        assert browser().post("/password/forgot/", {"email": "a@a.cn"}).status_code == 400
        assert browser().post("/password/forgot/", {"email": "a"}).status_code == 400

    def test_an_authenticator_is_set_up_and_taken_away(self, db):
        user = make.user()
        visitor, other = browser(), browser()
        for one in (visitor, other):
            one.post("/login/", {"username": user.email, "password": "secret-pass"})
        assert "data:image" not in visitor.get("/account/second-factor/").content.decode()
        assert visitor.post("/account/second-factor/", {"password": "x"}).status_code == 400
        assert visitor.post("/account/second-factor/", {"code": "000000"}).status_code == 400
        assert not SecondFactor.objects.exists()
        assert visitor.post("/account/second-factor/", {"password": "secret-pass"}).status_code == 302
        shown = visitor.get("/account/second-factor/").content.decode()
        assert "data:image/svg+xml" in shown
        secret = second_factors.begin(by=user, at=timezone.now())
        assert totp.base32(secret) in shown
        assert visitor.post("/account/second-factor/", {"code": "000000"}).status_code == 400
        step = totp.step_of(int(timezone.now().timestamp()))
        shown = visitor.post("/account/second-factor/", {"code": totp.code_at(secret, step)}).content.decode()
        codes = re.findall(r'class="key">([a-z2-7-]{19})<', shown)
        assert len(codes) == 10
        assert other.get("/account/").status_code == 302
        assert "second factor" in Letter.objects.get(to=user.email).subject
        assert visitor.get("/account/second-factor/").status_code == 409
        assert "10 recovery codes" in visitor.get("/account/").content.decode()
        assert visitor.get("/account/second-factor/codes/").status_code == 200
        shown = visitor.post("/account/second-factor/codes/", {"code": codes[0]}).content.decode()
        fresh = re.findall(r'class="key">([a-z2-7-]{19})<', shown)
        assert visitor.post("/account/second-factor/remove/", {"code": codes[1]}).status_code == 400
        assert visitor.post("/account/second-factor/remove/", {"code": fresh[0]}).url == "/account/"
        assert User.objects.get(pk=user.pk).second_factor_at is None


class TestMaturity:
    def test_is_declared_and_shown_with_its_source(self, place):
        site = make.site(place.waiting)
        visitor = browser(place.admin)
        given = {
            "site": site.public_id,
            "tier": "ADVANCED",
            "source": "江苏省 2025",
            "valid_from": "2025-03-01",
        }
        assert visitor.post("/maturity/", given).status_code == 302
        assert "江苏省 2025" in visitor.get("/maturity/").content.decode()
        assert visitor.post("/maturity/", given | {"tier": ""}).status_code == 400
        assert visitor.post("/maturity/", given | {"site": "sit_x"}).status_code == 400
        checker = browser(place.checker)
        address = f"/maturity/?organization={place.waiting.public_id}"
        assert (
            checker.post(address, {"level": "4", "source": "x", "valid_from": "2025-03-01"}).status_code
            == 302
        )
        assert "verified by the platform" in visitor.get("/maturity/").content.decode()
        assert checker.get("/maturity/?organization=x").status_code == 404
        Organization.objects.filter(pk=place.waiting.pk).update(awaits_verification=False)
        shown = browser().get(f"/listings/{make.listing(place.waiting).public_id}/").content.decode()
        assert "maturity level 4" in shown
        assert "江苏省 2025" not in shown
        other = browser(make.member(make.organization()))
        assert "江苏省 2025" not in other.get(address).content.decode()
        assert MaturityDeclaration.objects.count() == 2


def test_pages_for_whom_a_second_factor_is_asked_say_so(place):
    Organization.objects.filter(pk=place.waiting.pk).update(asks_second_factor=True)
    shown = browser(place.admin).get("/members/").content.decode()

    assert "/account/second-factor/" in shown
    assert not Membership.objects.exclude(role=Role.ADMIN).filter(organization=place.waiting).exists()
