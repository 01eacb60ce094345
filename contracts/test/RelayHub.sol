// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice A stand-in for LACChain's relay hub, written for the tests from its published interface: functions, events
/// and error codes are the hub's, the rest is as small as it can be. It is its own trusted forwarder.
contract RelayHub {
    enum ErrorCode {
        MaxBlockGasLimit,
        BadOriginalSender,
        BadNonce,
        NotEnoughGas,
        IsNotContract,
        EmptyCode,
        InvalidSignature,
        InvalidDestination,
        OK
    }

    struct Inner {
        address from;
        uint256 nonce;
        uint256 gas;
        address to;
        bytes data;
    }

    event TransactionRelayed(
        address indexed relay, address indexed from, address indexed to, bool executed, bytes output
    );
    event ContractDeployed(address indexed relay, address indexed from, address contractDeployed);
    event BadTransactionSent(address node, address originalSender, ErrorCode errorCode);

    mapping(address relay => mapping(address from => uint256)) private nonces_;
    address private sender_;
    uint256 private most_ = type(uint64).max;
    uint256 private quota_ = type(uint64).max;

    function limit(uint256 most, uint256 quota) external {
        (most_, quota_) = (most, quota);
    }

    function getRelayHub() external view returns (address) {
        return address(this);
    }

    function getMsgSender() external view returns (address) {
        return sender_;
    }

    function getNonce(address from) external view returns (uint256) {
        return nonces_[msg.sender][from];
    }

    function relayMetaTx(uint256, bytes calldata signed, uint8 v, bytes32 r, bytes32 s) external returns (ErrorCode) {
        (ErrorCode code, Inner memory inner) = _verify(signed, v, r, s);
        if (code == ErrorCode.OK && inner.to.code.length == 0) code = ErrorCode.IsNotContract;
        if (code != ErrorCode.OK) {
            emit BadTransactionSent(msg.sender, inner.from, code);
            return code;
        }
        ++nonces_[msg.sender][inner.from];
        sender_ = inner.from;
        (bool executed, bytes memory output) = inner.to.call{gas: inner.gas}(inner.data);
        emit TransactionRelayed(msg.sender, inner.from, inner.to, executed, output);
        return code;
    }

    function deployMetaTx(uint256, bytes calldata signed, uint8 v, bytes32 r, bytes32 s)
        external
        returns (ErrorCode, address made)
    {
        (ErrorCode code, Inner memory inner) = _verify(signed, v, r, s);
        if (code == ErrorCode.OK && inner.data.length <= 64) code = ErrorCode.EmptyCode;
        if (code != ErrorCode.OK) {
            emit BadTransactionSent(msg.sender, inner.from, code);
            return (code, address(0));
        }
        ++nonces_[msg.sender][inner.from];
        sender_ = inner.from;
        bytes memory creation = inner.data;
        assembly ("memory-safe") {
            made := create(0, add(creation, 32), mload(creation))
        }
        if (made != address(0)) emit ContractDeployed(msg.sender, inner.from, made);
        return (code, made);
    }

    function _verify(bytes calldata signed, uint8 v, bytes32 r, bytes32 s)
        private
        view
        returns (ErrorCode, Inner memory inner)
    {
        inner.from = ecrecover(keccak256(signed), v, r, s);
        if (inner.from == address(0)) return (ErrorCode.InvalidSignature, inner);
        (uint256 at,,) = _item(signed, 0);
        for (uint256 field = 0; field < 6; ++field) {
            (uint256 start, uint256 length, uint256 next) = _item(signed, at);
            if (field == 0) inner.nonce = _number(signed[start:start + length]);
            if (field == 2) inner.gas = _number(signed[start:start + length]);
            if (field == 3) inner.to = address(uint160(_number(signed[start:start + length])));
            if (field == 5) inner.data = signed[start:start + length];
            at = next;
        }
        if (inner.nonce != nonces_[msg.sender][inner.from]) return (ErrorCode.BadNonce, inner);
        if (inner.to == address(this)) return (ErrorCode.InvalidDestination, inner);
        if (inner.gas > most_) return (ErrorCode.MaxBlockGasLimit, inner);
        if (inner.gas > quota_) return (ErrorCode.NotEnoughGas, inner);
        return (ErrorCode.OK, inner);
    }

    /// @dev An RLP item: where its content starts, how long it is, where the next item begins.
    function _item(bytes calldata raw, uint256 at) private pure returns (uint256 start, uint256 length, uint256 next) {
        uint256 first = uint8(raw[at]);
        if (first < 0x80) return (at, 1, at + 1);
        uint256 base = first < 0xc0 ? 0x80 : 0xc0;
        uint256 wide = first > base + 55 ? first - base - 55 : 0;
        start = at + 1 + wide;
        length = wide == 0 ? first - base : _number(raw[at + 1:start]);
        next = start + length;
    }

    function _number(bytes calldata raw) private pure returns (uint256 value) {
        for (uint256 at = 0; at < raw.length; ++at) {
            value = (value << 8) | uint8(raw[at]);
        }
    }
}
