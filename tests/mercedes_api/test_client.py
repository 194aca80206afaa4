import socket
import threading
import traceback
from datetime import timedelta

import pytest
import requests

from mercedes_api.answers import Pause
from mercedes_api.client import CallFailed, Stop, Why

LIST = "/markets/de_DE/models"


def served(api, path=LIST):
    return [entry.status for entry in api.served if entry.path.partition("?")[0] == path]


@pytest.mark.parametrize("version", [1, 2])
def test_both_ways_of_giving_the_key_are_answered(serve, connect, version):
    answer = connect(serve(), version).get(LIST)
    assert (answer.path, answer.status, len(answer.data)) == (LIST, 200, 12)


def test_the_keys_in_version_1s_links_are_scrubbed(serve, connect):
    body = connect(serve(), 1).get(LIST).body
    assert "test-key" not in body
    assert body.count("apikey=REDACTED") >= 12


def test_nothing_found_is_an_empty_answer(serve, connect):
    answer = connect(serve(markets=("en_PS-GZA",))).get("/markets/en_PS-GZA/models")
    assert (answer.status, answer.body, answer.data) == (204, "", None)


@pytest.mark.parametrize("path, status", [("/markets/xx_XX/models", 400), ("/markets/de_DE/models/0", 404)])
def test_what_is_not_there_is_an_answer_and_not_tried_again(serve, connect, path, status):
    api = serve()
    assert connect(api).get(path).status == status
    assert served(api, path) == [status]


def test_the_wait_in_the_text_of_a_429_is_waited_for(serve, connect, clock):
    api = serve(faults={LIST: ("rate_limit",)})
    assert connect(api).get(LIST).status == 200
    assert (clock.slept, served(api)) == ([1.0], [429, 200])


def test_the_wait_in_retry_after_is_waited_for(serve, connect, clock):
    assert connect(serve(faults={LIST: ("rate_limit_header",)})).get(LIST).status == 200
    assert clock.slept == [1.0]


def test_the_wait_in_the_text_of_a_403_is_waited_for(serve, connect, clock):
    api = serve(faults={LIST: ("rate_limit_403",)})
    assert connect(api).get(LIST).status == 200
    assert (clock.slept, served(api)) == ([1.0], [403, 200])


def test_a_longer_wait_than_the_bound_stops_the_run(serve, connect, clock):
    with pytest.raises(Stop, match="3600 s, more than mercedes_api.max_wait_seconds") as caught:
        connect(serve(faults={LIST: ("rate_limit_long",)})).get(LIST)
    assert (caught.value.why, clock.slept) == (Why.WAIT, [])


def test_a_longer_wait_is_sat_out_where_the_bound_allows_it(serve, connect, clock):
    connect(serve(faults={LIST: ("rate_limit_long",)}), max_wait_seconds=4000.0).get(LIST)
    assert clock.slept == [3600.0]


@pytest.mark.parametrize("fault", ["error", "old_gateway", "truncated", "cut", "html", "drop"])
def test_a_broken_answer_is_tried_again_after_a_growing_wait(serve, connect, clock, fault):
    api = serve(faults={LIST: (fault, fault, fault)})
    assert connect(api, backoff_seconds=0.25).get(LIST).status == 200
    assert clock.slept == [0.25, 0.5, 1.0]


def test_503_is_tried_again_after_its_announced_wait(serve, connect, clock):
    assert connect(serve(faults={LIST: ("unavailable",)}), backoff_seconds=9.0).get(LIST).status == 200
    assert clock.slept == [1.0]


def test_a_silent_server_is_given_up_at_the_read_timeout(serve, connect):
    assert connect(serve(faults={LIST: ("silent",)}), read_timeout_seconds=0.2).get(LIST).status == 200


def test_after_all_tries_the_call_has_failed(serve, connect):
    api = serve(faults={LIST: ("error",) * 9})
    with pytest.raises(CallFailed, match=r"answered 500 in 3 tries: Internal server error"):
        connect(api, retries=2).get(LIST)
    assert served(api) == [500, 500, 500]


def test_truncated_json_in_every_try_is_a_failed_call(serve, connect):
    with pytest.raises(CallFailed, match="not whole JSON in 2 tries"):
        connect(serve(faults={LIST: ("truncated",) * 9}), retries=1).get(LIST)


def test_401_stops_at_once(serve, connect, clock):
    api = serve()
    with pytest.raises(Stop, match="401: Access denied due to invalid subscription key") as caught:
        connect(api, key="another-key-1234").get(LIST)
    assert (caught.value.why, served(api), clock.slept) == (Why.UNAUTHORISED, [401], [])


def test_used_up_quota_stops_at_once(serve, connect, clock):
    api = serve(quota=1)
    client = connect(api)
    client.get(LIST)
    with pytest.raises(Stop, match="Out of call volume quota") as caught:
        client.get("/markets")
    assert (caught.value.why, clock.slept, len(api.served)) == (Why.QUOTA, [], 2)


def test_the_quotas_announced_wait_is_honoured_by_the_next_run(serve, connect, clock):
    api = serve(quota=0)
    first = connect(api)
    with pytest.raises(Stop):
        first.get(LIST)
    first._answers.close_ledger()
    with pytest.raises(Stop, match="an earlier run was told so.*01:02:03 UTC.*pause.json") as caught:
        connect(api).get(LIST)
    assert (caught.value.why, len(api.served)) == (Why.QUOTA, 1)


def test_after_the_announced_wait_the_next_run_asks_again(serve, connect, clock):
    api = serve(quota=0)
    first = connect(api)
    with pytest.raises(Stop):
        first.get(LIST)
    first._answers.close_ledger()
    clock.sleep(3723)
    with pytest.raises(Stop):
        connect(api).get(LIST)
    assert len(api.served) == 2


def test_a_403_without_quota_stops_as_no_access(serve, connect):
    with pytest.raises(Stop, match="Access to this resource is denied") as caught:
        connect(serve(faults={LIST: ("no_access",)})).get(LIST)
    assert caught.value.why is Why.NO_ACCESS


def test_the_budget_counts_every_try(serve, connect):
    api = serve(faults={LIST: ("error", "error")})
    client = connect(api, max_calls=2)
    with pytest.raises(Stop, match="budget of 2 calls") as caught:
        client.get(LIST)
    assert (caught.value.why, served(api), client.left) == (Why.BUDGET, [500, 500], 0)


def test_a_budget_of_nothing_sends_nothing(serve, connect):
    api = serve()
    with pytest.raises(Stop):
        connect(api, max_calls=0).get(LIST)
    assert api.served == []


@pytest.mark.parametrize("version", [1, 2])
def test_a_redirect_within_the_host_is_followed_with_the_key(serve, connect, version):
    api = serve(faults={LIST: ("redirect_within",)})
    assert connect(api, version).get(LIST).status == 200
    assert served(api) == [302, 200]


def test_a_redirect_loop_is_left_after_three_turns(serve, connect):
    api = serve(faults={LIST: ("redirect_loop",) * 99})
    with pytest.raises(CallFailed, match="more than 3 redirects"):
        connect(api).get(LIST)
    assert served(api) == [302] * 4


@pytest.mark.parametrize("version", [1, 2])
def test_a_redirect_to_another_host_is_refused_and_not_contacted(serve, connect, version):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        elsewhere = f"http://127.0.0.1:{canary.getsockname()[1]}/markets"
        with pytest.raises(CallFailed, match="redirected to another host .*must not see the key"):
            connect(serve(faults={LIST: ("redirect_elsewhere",)}, elsewhere=elsewhere), version).get(LIST)
        canary.settimeout(0.05)
        with pytest.raises(TimeoutError):
            canary.accept()


def test_an_endless_answer_is_broken_off(connect, stack, monkeypatch):
    monkeypatch.setattr("mercedes_api.client.LARGEST_BODY", 1 << 20)
    listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    class Endless:
        def base_url(self, version):
            return f"http://127.0.0.1:{listening.getsockname()[1]}/v{version}"

    def pour():
        try:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
                while True:
                    connection.sendall(b"0," * 32768)
        except OSError:
            pass  # the client has hung up

    threading.Thread(target=pour, daemon=True).start()
    with pytest.raises(CallFailed, match="endless answer"):
        connect(Endless(), retries=0).get(LIST)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("fault", ["error", "unauthorised", "quota", "drop", "cut", "redirect_elsewhere", "silent"])
def test_no_error_and_no_traceback_names_the_key(serve, connect, version, fault):
    client = connect(serve(faults={LIST: (fault,) * 9}), version, retries=1, read_timeout_seconds=0.1)
    with pytest.raises((Stop, CallFailed)) as caught:
        client.get(LIST)
    text = "".join(traceback.format_exception(caught.value))
    assert "test-key" not in text
    assert "odd%3Dsigns" not in text


def test_a_refused_connection_names_no_key(serve, connect, stack):
    api = serve()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        api.port = closed.getsockname()[1]
    with pytest.raises(CallFailed, match="no answer") as caught:
        connect(api, 1, retries=0).get(LIST)
    assert "test-key" not in "".join(traceback.format_exception(caught.value))


def test_a_users_netrc_is_not_sent(serve, connect, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    client = connect(serve())
    sent = client._session.prepare_request(requests.Request("GET", "http://127.0.0.1/"))
    assert "Authorization" not in sent.headers


def test_a_kept_pause_that_is_short_is_sat_out(serve, connect, clock):
    client = connect(serve())
    client._answers.set_pause(Pause(clock.now() + timedelta(seconds=30), "429: slow down"))
    assert client.get(LIST).status == 200
    assert clock.slept == [30.0]
