// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @notice What a first attempt looks like: a token an order.
contract Mint is ERC721, Ownable {
    constructor() ERC721("Order", "ORDER") Ownable(msg.sender) {}

    function mint(address to, uint256 id) external onlyOwner {
        _mint(to, id);
    }
}

/// @notice Another one: a record's hash with the time at which it was seen.
contract Notary is Ownable {
    mapping(bytes32 hash => uint256 time) public seen;

    event Notarised(bytes32 indexed hash, uint256 time);

    constructor() Ownable(msg.sender) {}

    function notarise(bytes32 hash) external onlyOwner {
        require(seen[hash] == 0, "seen before");
        seen[hash] = block.timestamp;
        emit Notarised(hash, block.timestamp);
    }
}
