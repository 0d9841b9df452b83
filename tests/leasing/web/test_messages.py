"""The two sides of a lease, and who asks about a listing, write to each other on pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from leasing.actions import messages
from marketplace.actions.messages import NotASide
from marketplace.models import Conversation, Message


def browser(person):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person)
    return client


def rest(person):
    client = APIClient()
    client.force_login(person)
    return client


class TestALease:
    def test_its_sides_write_and_others_find_nothing(self, world):
        lease = world.ask()
        at = f"/leases/{lease.public_id}/messages/"
        begun = browser(world.owner).post(at).url
        held = Conversation.objects.get()
        browser(world.owner).post(begun, {"kind": "QUESTION", "text": "Welches <b>Material</b>?"})

        assert begun == f"/conversations/{held.public_id}/"
        assert (held.reference, held.owner, held.asker) == (lease.public_id, world.lessor, world.lessee)
        assert browser(world.buyer).post(at).url == begun
        page = browser(world.buyer).get(begun).content.decode()
        assert "&lt;b&gt;Material&lt;/b&gt;" in page
        assert "<b>Material" not in page
        assert browser(world.outsider).post(at).status_code == 404
        assert browser(world.outsider).get(begun).status_code == 404
        assert browser(world.outsider).post(begun, {"text": "x"}).status_code == 404
        assert Message.objects.count() == 1

    def test_has_a_conversation_of_its_own_beside_the_listing(self, world):
        lease, client = world.ask(), browser(world.buyer)
        client.post(f"/listings/{world.listing.public_id}/ask/", {"kind": "QUESTION", "text": "?"})
        client.post(f"/leases/{lease.public_id}/messages/")

        assert set(Conversation.objects.values_list("reference", flat=True)) == {"", lease.public_id}

    def test_is_not_for_a_third(self, world):
        given = {"within": world.stranger, "by": world.outsider, "at": timezone.now()}
        with pytest.raises(NotASide):
            messages.begin(lease=world.ask(), **given)
        assert Conversation.objects.count() == 0

    def test_is_read_and_written_over_rest(self, world):
        at = f"/api/v1/leases/{world.ask().public_id}/conversation/"
        lessee, lessor, stranger = (rest(one) for one in (world.buyer, world.owner, world.outsider))
        held = f"/api/v1/conversations/{lessor.post(at).json()['id']}/messages/"

        assert lessee.post(at).json()["id"] in held
        assert lessee.post(held, {"text": "Pallet?"}, format="json").status_code == 201
        assert [one["text"] for one in lessor.get(held).json()["data"]] == ["Pallet?"]
        assert stranger.post(at).status_code == 404
        assert stranger.get(held).status_code == 404


class TestAViewing:
    def test_is_proposed_confirmed_and_marked_as_read(self, world):
        buyer, owner = browser(world.buyer), browser(world.owner)
        when = timezone.localtime() + timedelta(days=3)
        given = {"kind": "VIEWING", "text": "Can we see it?", "meet_at": when.strftime("%Y-%m-%dT%H:%M")}
        sent = buyer.post(f"/listings/{world.listing.public_id}/ask/", given)
        assert "确认时间" in owner.get(sent.url).content.decode()
        assert Conversation.objects.with_read(world.lessor).get().seen == 1

        owner.post(f"{sent.url}answer/", {"number": "1", "accept": "1"})

        page = buyer.get(sent.url).content.decode()
        assert "已确认" in page
        assert "确认时间" not in page
        assert "已读" in page
        refused = owner.post(f"{sent.url}answer/", {"number": "1", "decline": "1"}, follow=True)
        assert "没有可答复的预约" in refused.content.decode()

    def test_without_a_time_is_said_at_its_field(self, world):
        at = f"/listings/{world.listing.public_id}/ask/"
        answer = browser(world.buyer).post(at, {"kind": "VIEWING", "text": "Can we see it?"})

        assert answer.status_code == 400
        assert "请提出看机时间" in answer.content.decode()

    def test_a_viewer_reads_and_marks_nothing(self, world):
        at = f"/listings/{world.listing.public_id}/ask/"
        sent = browser(world.buyer).post(at, {"kind": "QUESTION", "text": "?"})

        page = browser(world.watcher).get(sent.url).content.decode()

        assert "您的角色不能写留言" in page
        assert Conversation.objects.with_read(world.lessor).get().seen == 0

    def test_a_list_shows_what_is_new(self, world):
        at = f"/listings/{world.listing.public_id}/ask/"
        browser(world.buyer).post(at, {"kind": "QUESTION", "text": "?"})

        assert world.lessee.name in browser(world.owner).get("/conversations/").content.decode()
        assert "暂无留言" in browser(world.outsider).get("/conversations/").content.decode()
