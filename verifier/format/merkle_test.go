package format

import (
	"encoding/hex"
	"testing"
)

// pathOf is the audit path by its definition in RFC 6962, section 2.1.1.
func pathOf(ballots []byte, index int) []Hash {
	count := len(ballots) / BallotBytes
	if count == 1 {
		return nil
	}
	split := leftOf(count)
	left, right := ballots[:split*BallotBytes], ballots[split*BallotBytes:]
	if index < split {
		return append(pathOf(left, index), MerkleRoot(right))
	}
	return append(pathOf(right, index-split), MerkleRoot(left))
}

func TestEachPathLeadsToTheRootFromItsOwnPlaceOnly(t *testing.T) {
	for count := 1; count <= 40; count++ {
		ballots := make([]byte, count*BallotBytes)
		for index := range count {
			ballots[index*BallotBytes] = byte(index)
		}
		root := MerkleRoot(ballots)
		for index := range count {
			path := pathOf(ballots, index)
			if len(path) != pathLength(index, count) {
				t.Fatalf("%d of %d: a path of %d, not %d", index, count, len(path), pathLength(index, count))
			}
			for other := range count {
				leaf := leafHash(BallotAt(ballots, other)[:])
				leads := rootOf(leaf, path, index, count) == root
				if leads != (other == index) {
					t.Fatalf("ballot %d on the path of %d of %d: %t", other, index, count, leads)
				}
			}
		}
	}
}

// The hashes of RFC 6962's empty-suffixed nodes are known: SHA-256(01 ‖ left ‖ right).
func TestNodesAreHashedApartFromLeaves(t *testing.T) {
	var ballots [2 * BallotBytes]byte
	root, leaf := MerkleRoot(ballots[:]), leafHash(ballots[:BallotBytes])
	if root != nodeHash(leaf, leaf) || root == leafHash(ballots[:BallotBytes]) {
		t.Errorf("the root of two equal ballots is %s", hex.EncodeToString(root[:]))
	}
}
