// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice A stand-in for LACChain's relay in the tests: forwarder and hub in one, or a hub beside a forwarder.
contract Relay {
    address private immutable hub_;
    address private sender_;

    constructor(address hub) {
        hub_ = hub == address(0) ? address(this) : hub;
    }

    function getRelayHub() external view returns (address) {
        return hub_;
    }

    function getMsgSender() external view returns (address) {
        return sender_;
    }

    function relay(address target, bytes calldata data) external {
        sender_ = msg.sender;
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
