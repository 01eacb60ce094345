// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @notice ERC-5192: tokens that do not move by their owner's will.
interface IERC5192 {
    event Locked(uint256 tokenId);
    event Unlocked(uint256 tokenId);
    function locked(uint256 tokenId) external view returns (bool);
}

/// @notice What LACChain's trusted forwarder answers while it relays a transaction.
interface IRelay {
    function getRelayHub() external view returns (address);
    function getMsgSender() external view returns (address);
}

/// @dev A contract of its own only so that `rootAt` takes storage slot 0, before AccessControl's mapping.
abstract contract Heads {
    struct Head {
        bytes32 root;
        uint64 time;
    }

    /// @notice The log's root at the end of each batch, and the block time then; zero for every other size.
    mapping(uint64 size => Head) public rootAt;
}

/// @title The registry's log and its orders
/// @notice Keeps the head of one append-only RFC 6962 log, computed here from the leaf hashes, and one ERC-721
/// token for each leaf that is the first record of an order. Nothing on it can be changed or taken back.
contract Registry is Heads, AccessControl, IERC721Metadata, IERC721Errors, IERC5192 {
    // ---------------------------------------------------------------------------------------------- events, errors

    event Appended(uint64 indexed first, uint64 size, bytes32 root, bytes32[] leaves);
    event Assigned(uint256 indexed id, address indexed from, address indexed to, uint64 entry);
    event Lodged(address indexed by, bytes32 digest);
    event BaseURIChanged(string baseURI);

    error WrongSize(uint64 expected, uint64 actual);
    error EmptyBatch();
    error BatchTooLarge(uint256 leaves);
    error BadBitmap();
    error UnknownEntry(uint64 entry);
    error TokenLocked();
    error ZeroAddress();
    error BadSuccession();

    // ----------------------------------------------------------------------------------------------------- storage

    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    uint256 public constant MAX_LEAVES = 2048;

    string public constant name = "Huella";
    string public constant symbol = "HUELLA";

    /// @notice Holds every token that was never assigned.
    address public immutable custodian;
    /// @notice LACChain's trusted forwarder, or zero where transactions arrive directly.
    address public immutable forwarder;
    /// @notice The registry that this one continues, and the size at which it does; zero for a first registry.
    Registry public immutable predecessor;
    uint64 public immutable start;

    uint64 private size_;
    uint64 private orders_; // tokens that came into being here
    uint64 private moved_; // of these, how many have a storage slot in owners_
    bytes32[64] private frontier_; // level k: root of the perfect tree of 2^k leaves, where bit k of size_ is set
    mapping(uint256 word => uint256) private bits_; // leaf i is an order where bit i % 256 of word i / 256 is set
    mapping(uint256 id => address) private owners_; // only for tokens that moved
    mapping(address owner => uint256) private held_; // only tokens that moved
    string public baseURI;

    // ------------------------------------------------------------------------------------------------- constructor

    struct Setup {
        address administrator;
        address registrar;
        address custodian;
        address forwarder;
        string baseURI;
        Registry predecessor;
        uint64 size;
        bytes32[] frontier; // roots of the perfect trees of `size`, left to right, largest first
    }

    constructor(Setup memory setup) {
        if (setup.administrator == address(0) || setup.registrar == address(0) || setup.custodian == address(0)) {
            revert ZeroAddress();
        }
        custodian = setup.custodian;
        forwarder = setup.forwarder;
        predecessor = setup.predecessor;
        start = setup.size;
        size_ = setup.size;
        baseURI = setup.baseURI;
        emit BaseURIChanged(setup.baseURI);
        _succeed(setup);
        _grantRole(DEFAULT_ADMIN_ROLE, setup.administrator);
        _grantRole(REGISTRAR_ROLE, setup.registrar);
    }

    /// @dev Takes over size and frontier from a predecessor, after checking them against the root it holds.
    function _succeed(Setup memory setup) private {
        if (address(setup.predecessor) == address(0)) {
            if (setup.size != 0 || setup.frontier.length != 0) revert BadSuccession();
            return;
        }
        uint256 next = setup.frontier.length;
        bytes32 root;
        for (uint256 level = 0; level < 64; ++level) {
            if ((setup.size >> level) & 1 == 0) continue;
            if (next == 0) revert BadSuccession();
            bytes32 tree = setup.frontier[--next];
            frontier_[level] = tree;
            root = root == 0 ? tree : _node(tree, root);
        }
        (bytes32 held, uint64 time) = setup.predecessor.rootAt(setup.size);
        if (next != 0 || root == 0 || root != held) revert BadSuccession();
        rootAt[setup.size] = Head(root, time);
    }

    // -------------------------------------------------------------------------------------------------- appending

    /// @notice Appends one batch of 1 to 2,048 leaf hashes to the log and makes a token of each order among them.
    /// @param expectedSize the size that this batch extends; any other current size reverts
    /// @param orders one bit a leaf, least significant first; 1 where the leaf is an order's first record
    /// @param records the batch's records, compressed; kept by every node as call data, not read here
    /// @param checkpoint the signed note for the new size; kept likewise
    function append(
        uint64 expectedSize,
        bytes32[] calldata leaves,
        bytes calldata orders,
        bytes calldata records,
        bytes calldata checkpoint
    ) external onlyRole(REGISTRAR_ROLE) returns (bytes32 root) {
        records;
        checkpoint;
        uint64 first = size_;
        if (expectedSize != first) revert WrongSize(expectedSize, first);
        if (leaves.length == 0) revert EmptyBatch();
        if (leaves.length > MAX_LEAVES) revert BatchTooLarge(leaves.length);

        uint64 size = first + uint64(leaves.length);
        root = _grow(first, leaves);
        size_ = size;
        orders_ += uint64(_mint(first, leaves.length, orders));
        rootAt[size] = Head(root, uint64(block.timestamp));
        emit Appended(first, size, root, leaves);
    }

    /// @dev Adds the leaves to the frontier and returns the new root. Works level by level, in place, in memory
    /// beyond the free pointer: the nodes of one level lie side by side, so a pair and the byte before it are the
    /// 65 bytes that RFC 6962 hashes. That byte belongs to a pair already used, or to the room before `base`.
    function _grow(uint64 first, bytes32[] calldata leaves) private returns (bytes32 root) {
        assembly ("memory-safe") {
            let scratch := mload(0x40) // the 65 bytes 0x01 || left || right end at scratch + 96
            mstore8(add(scratch, 31), 1)
            let base := add(scratch, 2240) // 96 bytes of scratch, then one word for each of 64 levels, and one more
            let count := leaves.length
            calldatacopy(base, leaves.offset, mul(count, 32))
            let ok := 1
            let level := frontier_.slot
            let before := first
            let joined := 0

            for {} count { level := add(level, 1) } {
                if and(before, 1) {
                    // the frontier's tree is the left sibling of this level's first node
                    base := sub(base, 32)
                    mstore(base, sload(level))
                    count := add(count, 1)
                }
                if and(count, 1) {
                    // a last node without sibling is the new frontier here, and the right end of the root
                    let last := mload(add(base, mul(sub(count, 1), 32)))
                    sstore(level, last)
                    switch joined
                    case 0 {
                        root := last
                        joined := 1
                    }
                    default {
                        mstore(add(scratch, 32), last)
                        mstore(add(scratch, 64), root)
                        ok := and(ok, staticcall(gas(), 2, add(scratch, 31), 65, add(scratch, 64), 32))
                        root := mload(add(scratch, 64))
                    }
                }
                count := shr(1, count)
                let out := base
                let end := add(base, mul(count, 32))
                for { let pair := sub(base, 1) } lt(out, end) { pair := add(pair, 64) } {
                    mstore8(pair, 1)
                    ok := and(ok, staticcall(gas(), 2, pair, 65, out, 32))
                    out := add(out, 32)
                }
                before := shr(1, before)
            }
            // above the batch the frontier stays as it was: join it from the right
            for {} before {
                before := shr(1, before)
                level := add(level, 1)
            } {
                if and(before, 1) {
                    let tree := sload(level)
                    switch joined
                    case 0 {
                        root := tree
                        joined := 1
                    }
                    default {
                        mstore(add(scratch, 32), tree)
                        mstore(add(scratch, 64), root)
                        ok := and(ok, staticcall(gas(), 2, add(scratch, 31), 65, add(scratch, 64), 32))
                        root := mload(add(scratch, 64))
                    }
                }
            }
            if iszero(ok) { revert(0, 0) } // out of gas inside the last hashes
        }
    }

    /// @dev Checks and stores the bitmap of orders, tells of each new token, returns how many there are.
    function _mint(uint256 first, uint256 count, bytes calldata orders) private returns (uint256 minted) {
        unchecked {
            if (orders.length != (count + 7) / 8) revert BadBitmap();
            if (count % 8 != 0 && uint8(orders[orders.length - 1]) >> (count % 8) != 0) revert BadBitmap();
            for (uint256 done = 0; done < count; done += 256) {
                uint256 bits = _bits(orders, done / 8);
                if (bits == 0) continue;
                uint256 id = first + done;
                bits_[id / 256] |= bits << (id % 256);
                uint256 rest = id % 256 == 0 ? 0 : bits >> (256 - (id % 256));
                if (rest != 0) bits_[id / 256 + 1] |= rest;
                for (; bits != 0; bits >>= 1) {
                    if (bits & 1 != 0) {
                        emit Transfer(address(0), custodian, id);
                        ++minted;
                    }
                    ++id;
                }
            }
        }
    }

    /// @dev Up to 32 bytes of the bitmap from `offset`, leaf j of them at bit j of the word.
    function _bits(bytes calldata orders, uint256 offset) private pure returns (uint256 word) {
        unchecked {
            uint256 length = orders.length - offset;
            assembly ("memory-safe") {
                word := calldataload(add(orders.offset, offset))
            }
            if (length < 32) word &= ~(type(uint256).max >> (8 * length)); // what follows is another argument
            word = (word >> 128) | (word << 128);
            word = ((word & M64) >> 64) | ((word << 64) & M64);
            word = ((word & M32) >> 32) | ((word << 32) & M32);
            word = ((word & M16) >> 16) | ((word << 16) & M16);
            word = ((word & M8) >> 8) | ((word << 8) & M8);
        }
    }

    uint256 private constant M64 = 0xffffffffffffffff0000000000000000ffffffffffffffff0000000000000000;
    uint256 private constant M32 = 0xffffffff00000000ffffffff00000000ffffffff00000000ffffffff00000000;
    uint256 private constant M16 = 0xffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000;
    uint256 private constant M8 = 0xff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00;

    // ---------------------------------------------------------------------------------------------------- reading

    /// @notice The log's present size, its root and the time of the block that brought it; all zero when empty.
    function head() external view returns (uint64 size, bytes32 root, uint64 time) {
        size = size_;
        Head storage last = rootAt[size];
        return (size, last.root, last.time);
    }

    /// @notice Whether `leaf` is entry `index` of the log as it stood at `size`, a batch's end (RFC 6962, RFC 9162 2.1.3.2).
    function includes(bytes32 leaf, uint64 index, uint64 size, bytes32[] calldata path) external view returns (bool) {
        bytes32 root = rootAt[size].root;
        if (root == 0 || index >= size) return false;
        uint64 last = size - 1;
        bytes32 node = leaf;
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                node = _node(path[i], node);
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                node = _node(node, path[i]);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        return last == 0 && node == root;
    }

    /// @notice Tells everybody of a digest, from anyone: for who was refused a receipt. Nothing is stored.
    function lodge(bytes32 digest) external {
        emit Lodged(_msgSender(), digest);
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }

    // ----------------------------------------------------------------------------------------------------- tokens

    /// @notice Moves an order's token for a registered assignment of collection rights.
    /// @param entry index of the `rights.assigned` record on this log
    function assign(uint256 id, address from, address to, uint64 entry) external onlyRole(REGISTRAR_ROLE) {
        address owner = ownerOf(id);
        if (owner != from) revert ERC721IncorrectOwner(from, id, owner);
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        if (entry >= size_) revert UnknownEntry(entry);
        if (owners_[id] != address(0)) --held_[from];
        else if (id >= start) ++moved_;
        ++held_[to];
        owners_[id] = to;
        emit Transfer(from, to, id);
        emit Assigned(id, from, to, entry);
    }

    /// @notice Who holds the order of leaf `id`; reverts where that leaf is no order. Orders older than this contract
    /// are held by whom the predecessor says, until they move here.
    function ownerOf(uint256 id) public view returns (address owner) {
        owner = owners_[id];
        if (owner != address(0)) return owner;
        if (id < start) return predecessor.ownerOf(id);
        if ((bits_[id / 256] >> (id % 256)) & 1 == 0) revert ERC721NonexistentToken(id);
        return custodian;
    }

    /// @notice Tokens of `owner` that came into being here or moved here.
    function balanceOf(address owner) external view returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(owner);
        return held_[owner] + (owner == custodian ? orders_ - moved_ : 0);
    }

    /// @notice Always true: only `assign` moves a token.
    function locked(uint256 id) external view returns (bool) {
        ownerOf(id);
        return true;
    }

    function tokenURI(uint256 id) external view returns (string memory) {
        ownerOf(id);
        return string.concat(baseURI, Strings.toString(id));
    }

    function setBaseURI(string calldata uri) external onlyRole(DEFAULT_ADMIN_ROLE) {
        baseURI = uri;
        emit BaseURIChanged(uri);
    }

    // ------------------------------------------------------------- what ERC-721 asks for and a locked token refuses

    function approve(address, uint256) external pure {
        revert TokenLocked();
    }

    function setApprovalForAll(address, bool) external pure {
        revert TokenLocked();
    }

    function transferFrom(address, address, uint256) external pure {
        revert TokenLocked();
    }

    function safeTransferFrom(address, address, uint256) external pure {
        revert TokenLocked();
    }

    function safeTransferFrom(address, address, uint256, bytes calldata) external pure {
        revert TokenLocked();
    }

    function getApproved(uint256 id) external view returns (address) {
        ownerOf(id);
        return address(0);
    }

    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    // ------------------------------------------------------------------------------------------ interfaces, sender

    function supportsInterface(bytes4 id) public view override(AccessControl, IERC165) returns (bool) {
        return id == type(IERC721).interfaceId || id == type(IERC721Metadata).interfaceId
            || id == type(IERC5192).interfaceId || super.supportsInterface(id);
    }

    /// @dev On LACChain every transaction arrives through a relay, which knows who signed it.
    function _msgSender() internal view override returns (address) {
        if (forwarder == address(0)) return msg.sender;
        if (msg.sender != forwarder && msg.sender != IRelay(forwarder).getRelayHub()) return msg.sender;
        return IRelay(forwarder).getMsgSender();
    }
}
