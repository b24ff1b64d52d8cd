// Package check verifies an election from its exported files, and receipts from its keys: what
// docs/formats.md asks of whoever trusts nobody.
package check

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"vote/verifier/format"
)

// The uses of a key.
const (
	useFrames = "frames"
	useAdmin  = "admin"
)

// signer is a key that an election trusts for one use.
type signer struct {
	id, use string
	key     ed25519.PublicKey
}

// signersOf reads `signers` of an election, or `keys` of vote-keys.json.
func signersOf(list []any) (signers []signer, err error) {
	for _, value := range list {
		fields := format.FieldsOf(value)
		one := signer{fields.Text("id"), fields.Text("use"), fields.Base64("publicKey", 32)}
		fields.Whole("addedAt")
		if fields.Err != nil {
			return nil, fmt.Errorf("a key of the election: %w", fields.Err)
		}
		hash := sha256.Sum256(one.key)
		if one.id != hex.EncodeToString(hash[:8]) {
			return nil, fmt.Errorf("key %s is not named after its own hash, %x", one.id, hash[:8])
		}
		if one.use != useFrames && one.use != useAdmin {
			return nil, fmt.Errorf("key %s has the unknown use %q", one.id, one.use)
		}
		signers = append(signers, one)
	}
	return signers, nil
}

// refusalOf verifies a signature by the key with this id: 0 if it is one.
func refusalOf(signers []signer, id, use string, message, signature []byte) format.Refusal {
	refusal := format.UnknownKey
	for _, one := range signers {
		switch {
		case one.id != id:
		case one.use != use:
			refusal = max(refusal, format.WrongKeyUse)
		case ed25519.Verify(one.key, message, signature):
			return 0
		default:
			refusal = format.BadSignature
		}
	}
	return refusal
}
