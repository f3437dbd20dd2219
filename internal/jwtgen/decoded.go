package jwtgen

// ReadDecoded reads the header and the claims of a JWT as JSON objects, each "" if it is
// not known. The assertion has no text and no signature, so neither can be judged.
func ReadDecoded(header, claims string) (*Assertion, []*Fault) {
	unread := []string{partSignature}
	var faults []*Fault
	var objects [2]object
	for i, part := range []struct{ name, text string }{{partHeader, header}, {partClaims, claims}} {
		o, reason, offset := decodeObject([]byte(part.text))
		if reason != "" {
			unread = append(unread, part.name)
			if part.text != "" {
				faults = append(faults, fault(KindMalformed, reason, evidence{"part": part.name, "offset": offset}))
			}
			o.members = map[string]any{}
		}
		objects[i] = o
	}
	return newAssertion("", objects[0], objects[1], nil, unread...), faults
}
