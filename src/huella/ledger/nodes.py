"""Several nodes of one chain, asked together: M of N must agree, and who stands aside is named.

A node is asked about the chain only after it said that it is on the right one, with the right contract.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from huella.errors import LedgerUnreachable, ProofError
from huella.ledger.port import NodeFinding
from huella.ledger.rpc import NodeError, NodeSilent, Rpc, Trouble, number, octets
from huella.proof.headers import keccak

LAG = 10
"""Blocks that a node may be behind before it is named."""
T = TypeVar("T")
A = TypeVar("A", bound=Hashable)


class Identity(NamedTuple):
    """What a node has to be: its chain's id and, where known, the contract and the hash of its code (20, 32 bytes)."""

    chain_id: int
    contract: bytes | None = None
    code_hash: bytes | None = None


class Nodes:
    """Nodes of one network, of which `agree` must say the same. Safe between threads.

    `findings` names every node that is not as it should be: what passes (silent, slow, behind) goes once it has
    passed, what contradicts (another chain, another contract, a dissent, a false proof) stays.
    """

    def __init__(self, rpcs: Sequence[Rpc], agree: int, identity: Identity) -> None:
        """`agree` is at least 1 and at most the number of nodes; nodes of one name are one."""
        self.rpcs = tuple({rpc.name: rpc for rpc in rpcs}.values())
        if not 1 <= agree <= len(self.rpcs):
            raise ValueError(f"{agree} of {len(self.rpcs)} nodes cannot agree")
        self.agree = agree
        self.identity = identity
        self._admitted: set[str] = set()
        self._found: dict[tuple[str, Trouble], NodeFinding] = {}
        self._pool = ThreadPoolExecutor(len(self.rpcs), thread_name_prefix="node")

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """The nodes that are not as they should be, and in which way."""
        return tuple(self._found.values())

    def note(self, rpc: Rpc, trouble: Trouble, message: str) -> None:
        """Name a node."""
        self._found[rpc.name, trouble] = NodeFinding(rpc.name, trouble, message)

    def close(self) -> None:
        """Ends connections and threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for rpc in self.rpcs:
            rpc.close()

    def identify(self, identity: Identity) -> Nodes:
        """The same nodes, asked about another contract."""
        return Nodes(self.rpcs, self.agree, identity)

    # -------------------------------------------------------------------------------------- asking

    def try_one(self, rpc: Rpc, ask: Callable[[Rpc], T]) -> T:
        """What one node answers, once it is admitted. Names the node where it fails, then raises NodeSilent."""
        try:
            if rpc.name not in self._admitted:
                self._admit(rpc)
            answer = ask(rpc)
        except ProofError as error:
            self.note(rpc, "garbage", str(error))
            raise NodeSilent(f"{rpc.name}: {error}", "garbage") from error
        except NodeSilent as error:
            if not (isinstance(error, NodeError) and error.reverted is not None):
                self.note(rpc, error.trouble, str(error))
            if error.trouble == "unreachable":
                self._admitted.discard(rpc.name)  # what comes back may be another node
            raise
        passing: Trouble
        for passing in ("unreachable", "slow", "failing", "garbage"):
            self._found.pop((rpc.name, passing), None)
        return answer

    def each(self, ask: Callable[[Rpc], T], among: Sequence[Rpc] | None = None) -> dict[Rpc, T]:
        """What every node answers, asked at the same time; who gives no answer is named and missing here."""

        def one(rpc: Rpc) -> T | NodeSilent:
            try:
                return self.try_one(rpc, ask)
            except NodeSilent as error:
                return error

        asked = self.rpcs if among is None else among
        told = zip(asked, self._pool.map(one, asked), strict=True)
        return {rpc: answer for rpc, answer in told if not isinstance(answer, NodeSilent)}

    def first(self, ask: Callable[[Rpc], T], among: Sequence[Rpc] | None = None) -> T:
        """The first answer that a node gives, one node after the other. Raises LedgerUnreachable where none does."""
        asked = self.rpcs if among is None else among
        for rpc in asked:
            try:
                return self.try_one(rpc, ask)
            except NodeSilent:
                continue
        raise LedgerUnreachable(f"no node answered: {self._why(asked)}")

    def heights(self, depth: int = 0) -> list[tuple[int, list[Rpc]]]:
        """Block numbers that `agree` nodes have reached, the highest first, each with the nodes that have it.

        `depth` blocks below it count as not final. A node that lags is named. Raises LedgerUnreachable where too few
        nodes answer.
        """
        told = self.each(lambda rpc: number(rpc.ask("eth_blockNumber"), "the block number"))
        if len(told) < self.agree:
            raise LedgerUnreachable(
                f"{len(told)} of {len(self.rpcs)} nodes answered, {self.agree} have to: {self._why(self.rpcs)}"
            )
        ranked = sorted(told.values(), reverse=True)
        top = ranked[self.agree - 1]
        for rpc, height in told.items():
            if height + LAG < top:
                self.note(rpc, "behind", f"{rpc.name} is at block {height}, the others at {top}")
            else:
                self._found.pop((rpc.name, "behind"), None)
        reached = sorted({height for height in ranked if top - LAG <= height <= top}, reverse=True)
        return [
            (max(height - depth, 0), [rpc for rpc, own in told.items() if own >= height])
            for height in reached
        ]

    def agreed(self, what: str, ask: Callable[[Rpc, int], A], depth: int = 0) -> tuple[A, int]:
        """What `agree` nodes answer about one final block, and that block's number; dissenters are named.

        Raises LedgerUnreachable where no answer has so many voices: a contradiction is never voted away by fewer.
        """
        split: dict[A, list[Rpc]] = {}
        for height, having in self.heights(depth):
            at = height
            split = {}
            for rpc, answer in self.each(lambda rpc, at=at: ask(rpc, at), having).items():  # type: ignore[misc]
                split.setdefault(answer, []).append(rpc)
            ranked = sorted(split.items(), key=lambda item: -len(item[1]))
            if ranked and len(ranked[0][1]) >= self.agree and (
                len(ranked) == 1 or len(ranked[1][1]) < len(ranked[0][1])
            ):  # fmt: skip
                for _, others in ranked[1:]:
                    for rpc in others:
                        self.note(
                            rpc, "dissents", f"{rpc.name} contradicts the others on {what} at block {at}"
                        )
                return ranked[0][0], height
        voices = " against ".join("/".join(rpc.name for rpc in rpcs) for rpcs in split.values())
        if len(split) > 1:
            for rpcs in split.values():
                for rpc in rpcs:
                    self.note(rpc, "dissents", f"the nodes contradict each other on {what}: {voices}")
            raise LedgerUnreachable(f"the nodes contradict each other on {what}: {voices}")
        raise LedgerUnreachable(f"fewer than {self.agree} nodes answer on {what}: {self._why(self.rpcs)}")

    # ------------------------------------------------------------------------------------- private

    def _admit(self, rpc: Rpc) -> None:
        wanted = self.identity
        found = number(rpc.ask("eth_chainId"), "the chain id")
        if found != wanted.chain_id:
            raise NodeSilent(f"{rpc.name} is on chain {found}, not {wanted.chain_id}", "other-chain")
        if wanted.contract is not None and wanted.code_hash is not None:
            code = octets(rpc.ask("eth_getCode", "0x" + wanted.contract.hex(), "latest"), "the code")
            if not code:
                raise NodeSilent(f"{rpc.name} has no contract at the registry's address", "other-contract")
            if keccak(code) != wanted.code_hash:
                raise NodeSilent(
                    f"{rpc.name} has another contract at the registry's address", "other-contract"
                )
        cleared: Trouble
        for cleared in ("other-chain", "other-contract"):
            self._found.pop((rpc.name, cleared), None)
        self._admitted.add(rpc.name)

    def _why(self, asked: Sequence[Rpc]) -> str:
        names = {rpc.name for rpc in asked}
        return "; ".join(found.message for found in self.findings if found.node in names) or "no reason given"
