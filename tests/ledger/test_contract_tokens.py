"""Orders as tokens: who holds them, how they move, what they answer."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huella.ledger import registry

ZERO = registry.NOBODY


def move(world: Any, token: int, from_: str, to: str, entry: int) -> None:
    world.ledger.send(registry.assign_call(token, from_, to, entry), 1_000_000)


def test_each_order_of_a_batch_is_told_as_one_new_token(world: Any) -> None:
    world.append(3)
    world.append(20, [0, 7, 8, 19])
    *transfers, appended = [registry.read_event(*log) for log in world.events()]
    assert transfers == [registry.Transferred(ZERO, world.custodian, token) for token in (3, 10, 11, 22)]
    assert isinstance(appended, registry.Appended)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_exactly_the_flagged_leaves_are_orders(world: Any, data: st.DataObject) -> None:
    first = len(world.leaves)
    before = registry.balance_of(world.ledger, world.custodian)
    count = data.draw(st.integers(1, 600))
    orders = data.draw(st.sets(st.integers(0, count - 1), max_size=40))
    world.append(count, sorted(orders))
    told = [registry.read_event(*log) for log in world.events()[:-1]]
    tokens = [event.id for event in told if isinstance(event, registry.Transferred)]
    assert tokens == [first + at for at in sorted(orders)]
    assert registry.balance_of(world.ledger, world.custodian) == before + len(orders)
    near = {at + step for at in list(orders)[:8] for step in (-1, 0, 1)} & set(range(count))
    for at in near:
        owner = registry.owner_of(world.ledger, first + at)
        assert owner == (world.custodian if at in orders else None)


def test_a_leaf_that_is_no_order_has_no_owner(world: Any) -> None:
    world.append(300, [0, 299])
    assert [registry.owner_of(world.ledger, token) for token in (0, 1, 298, 299, 300, 2**200)] == [
        world.custodian, None, None, world.custodian, None, None,
    ]  # fmt: skip


def test_assign_moves_an_order_and_the_balances(world: Any) -> None:
    world.append(5, [0, 1, 2])
    move(world, 1, world.custodian, world.supplier, 3)
    move(world, 1, world.supplier, world.bank, 4)
    move(world, 2, world.custodian, world.bank, 4)
    assert [registry.owner_of(world.ledger, token) for token in range(3)] == [
        world.custodian,
        world.bank,
        world.bank,
    ]
    accounts = (world.custodian, world.supplier, world.bank)
    assert [registry.balance_of(world.ledger, who) for who in accounts] == [1, 0, 2]
    move(world, 2, world.bank, world.custodian, 4)
    assert [registry.balance_of(world.ledger, who) for who in accounts] == [2, 0, 1]


def test_assign_tells_who_and_by_which_entry(world: Any) -> None:
    world.append(2, [0])
    move(world, 0, world.custodian, world.supplier, 1)
    moved, (topics, data) = world.events()
    assert registry.read_event(*moved) == registry.Transferred(world.custodian, world.supplier, 0)
    assert topics[0] == keccak(b"Assigned(uint256,address,address,uint64)")
    assert int.from_bytes(data) == 1


def test_assign_refuses_what_is_not_so(world: Any) -> None:
    world.append(2, [0])
    cases = {
        (0, world.supplier, world.bank, 1): "ERC721IncorrectOwner",
        (1, world.custodian, world.bank, 1): "ERC721NonexistentToken",
        (0, world.custodian, ZERO, 1): "ERC721InvalidReceiver",
        (0, world.custodian, world.bank, 2): "UnknownEntry",
    }
    for values, reason in cases.items():
        assert world.refused(lambda values=values: move(world, *values)) == reason
    data = registry.assign_call(0, world.custodian, world.bank, 1)
    assert world.refused(lambda: world.send_as(world.stranger, data)) == "AccessControlUnauthorizedAccount"


def test_an_order_does_not_move_by_its_holder(world: Any) -> None:
    world.append(1, [0])
    calls = {
        "approve(address,uint256)": [world.bank, 0],
        "setApprovalForAll(address,bool)": [world.bank, True],
        "transferFrom(address,address,uint256)": [world.custodian, world.bank, 0],
        "safeTransferFrom(address,address,uint256)": [world.custodian, world.bank, 0],
        "safeTransferFrom(address,address,uint256,bytes)": [world.custodian, world.bank, 0, b""],
    }
    for signature, values in calls.items():
        types = signature[signature.index("(") + 1 : -1].split(",")
        data = keccak(signature.encode())[:4] + encode(types, values)
        assert world.refused(lambda data=data: world.ledger.send(data, 1_000_000)) == "TokenLocked"
    assert world.ask("getApproved(uint256)", 0, answer="address") == ZERO
    assert not world.ask("isApprovedForAll(address,address)", world.custodian, world.bank, answer="bool")


def test_an_order_is_locked_and_what_is_no_order_reverts(world: Any) -> None:
    world.append(2, [0])
    assert world.ask("locked(uint256)", 0, answer="bool")
    for signature in ("locked(uint256)", "tokenURI(uint256)", "getApproved(uint256)", "ownerOf(uint256)"):
        reason = world.refused(lambda signature=signature: world.ask(signature, 1, answer="bool"))
        assert reason == "ERC721NonexistentToken"
    assert world.refused(lambda: registry.balance_of(world.ledger, ZERO)) == "ERC721InvalidOwner"


@pytest.mark.parametrize(
    ("interface", "known"),
    [
        ("01ffc9a7", True),  # ERC-165
        ("80ac58cd", True),  # ERC-721
        ("5b5e139f", True),  # ERC-721 metadata
        ("b45a3c0e", True),  # ERC-5192
        ("7965db0b", True),  # OpenZeppelin AccessControl
        ("ffffffff", False),
        ("780e9d63", False),  # ERC-721 enumerable
        ("2a55205a", False),  # ERC-2981
    ],
)
def test_it_says_which_interfaces_it_has(world: Any, interface: str, known: bool) -> None:
    assert world.ask("supportsInterface(bytes4)", bytes.fromhex(interface), answer="bool") is known


def test_the_administrator_alone_sets_where_metadata_is(world: Any) -> None:
    world.append(12, [11])
    assert world.ask("tokenURI(uint256)", 11, answer="string") == "https://example.pe/o/11"
    data = registry.base_uri_call("https://other.pe/")
    assert world.refused(lambda: world.ledger.send(data, 1_000_000)) == "AccessControlUnauthorizedAccount"
    world.send_as(world.administrator, data)
    assert world.events()[0][0] == [keccak(b"BaseURIChanged(string)")]
    assert world.ask("tokenURI(uint256)", 11, answer="string") == "https://other.pe/11"


def test_name_custodian_and_forwarder_are_public(world: Any) -> None:
    assert world.ask("name()", answer="string") == "Huella"
    assert world.ask("symbol()", answer="string") == "HUELLA"
    assert world.ask("custodian()", answer="address") == world.custodian
    assert world.ask("forwarder()", answer="address") == ZERO


# ---------------------------------------------------------------------------------------- successor


def frontier(leaves: list[bytes], root_of: Any) -> tuple[bytes, ...]:
    """Roots of the perfect trees, left to right."""
    made, at = [], 0
    for level in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> level & 1:
            made.append(root_of(leaves[at : at + (1 << level)]))
            at += 1 << level
    return tuple(made)


def succeed(world: Any, **changes: Any) -> Any:
    known = {
        "predecessor": world.ledger.contract,
        "size": len(world.leaves),
        "frontier": frontier(world.leaves, world.root_of),
    }
    setup = world.setup(**{**known, **changes})
    return world.at(world.deploy(registry.deploy_code(setup)))


def test_a_successor_goes_on_with_log_and_ids(world: Any) -> None:
    world.append(13, [0, 12])
    next_ = succeed(world)
    assert registry.head(next_.ledger) == registry.head(world.ledger)
    next_.append(700, [0, 699])
    assert registry.head(next_.ledger).root == world.root_of(next_.leaves)
    assert registry.owner_of(next_.ledger, 13) == world.custodian
    assert registry.owner_of(next_.ledger, 14) is None
    assert registry.root_at(next_.ledger, 13) == registry.root_at(world.ledger, 13)


def test_both_contracts_may_go_on_and_keep_their_own_batches(world: Any) -> None:
    world.append(3)
    next_ = succeed(world)
    world.append(2)
    next_.append(5)
    assert (len(world.ledger.batch(3).leaves), len(next_.ledger.batch(3).leaves)) == (2, 5)
    assert next_.ledger.batch(0) is None
    assert world.ledger.batch(0).size == 3


def test_older_orders_belong_to_whom_the_predecessor_says_until_they_move(world: Any) -> None:
    world.append(5, [0, 1])
    move(world, 1, world.custodian, world.supplier, 4)
    next_ = succeed(world)
    assert [registry.owner_of(next_.ledger, token) for token in range(3)] == [
        world.custodian,
        world.supplier,
        None,
    ]
    assert registry.balance_of(next_.ledger, world.supplier) == 0
    move(next_, 1, world.supplier, world.bank, 4)
    assert registry.owner_of(next_.ledger, 1) == world.bank
    assert registry.owner_of(world.ledger, 1) == world.supplier
    assert [registry.balance_of(next_.ledger, who) for who in (world.bank, world.custodian)] == [1, 0]
    move(next_, 1, world.bank, world.supplier, 4)
    assert [registry.balance_of(next_.ledger, who) for who in (world.bank, world.supplier)] == [0, 1]


def test_a_succession_that_does_not_fit_is_refused(world: Any) -> None:
    world.append(13)
    good = frontier(world.leaves, world.root_of)
    wrong = sha256(b"wrong").digest()
    cases: list[dict[str, Any]] = [
        {"frontier": (*good[:-1], wrong)},
        {"frontier": (good[1], good[0], good[2])},
        {"frontier": good[:-1]},
        {"frontier": (*good, wrong)},
        {"frontier": (wrong, *good)},
        {"size": 12, "frontier": good[:2]},
        {"size": 0, "frontier": ()},
        {"predecessor": ZERO},
        {"predecessor": ZERO, "size": 0},
        {"predecessor": ZERO, "frontier": ()},
    ]
    for changes in cases:
        assert world.refused(lambda changes=changes: succeed(world, **changes)) == "BadSuccession"


def test_a_contract_without_administrator_registrar_or_custodian_is_refused(world: Any) -> None:
    for role in ("administrator", "registrar", "custodian"):
        code = registry.deploy_code(world.setup(**{role: ZERO}))
        assert world.refused(lambda code=code: world.deploy(code)) == "ZeroAddress"
