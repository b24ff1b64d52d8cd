package format

import "crypto/sha256"

// Hash is a SHA-256.
type Hash = [sha256.Size]byte

// leafHash is that of RFC 6962, section 2.1.
func leafHash(ballot []byte) Hash {
	var text [1 + BallotBytes]byte
	copy(text[1:], ballot)
	return sha256.Sum256(text[:])
}

// nodeHash is that of RFC 6962, section 2.1.
func nodeHash(left, right Hash) Hash {
	var text [1 + 2*sha256.Size]byte
	text[0] = 1
	copy(text[1:], left[:])
	copy(text[1+sha256.Size:], right[:])
	return sha256.Sum256(text[:])
}

// leftOf is the largest power of two below n, for n from 2.
func leftOf(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// MerkleRoot is the tree hash over ballots that stand one after the other; there is at least one.
func MerkleRoot(ballots []byte) Hash {
	count := len(ballots) / BallotBytes
	if count == 1 {
		return leafHash(ballots)
	}
	split := leftOf(count) * BallotBytes
	return nodeHash(MerkleRoot(ballots[:split]), MerkleRoot(ballots[split:]))
}

// pathLength is how many hashes lead from the ballot at this index to the root.
func pathLength(index, count int) int {
	length := 0
	for count > 1 {
		if left := leftOf(count); index < left {
			count = left
		} else {
			index, count = index-left, count-left
		}
		length++
	}
	return length
}

// rootOf follows the audit path from a leaf up, in a tree of so many leaves: the path's last hash
// is the sibling of the topmost subtree.
func rootOf(leaf Hash, path []Hash, index, count int) Hash {
	if count == 1 {
		return leaf
	}
	below, sibling := path[:len(path)-1], path[len(path)-1]
	left := leftOf(count)
	if index < left {
		return nodeHash(rootOf(leaf, below, index, left), sibling)
	}
	return nodeHash(sibling, rootOf(leaf, below, index-left, count-left))
}
