package capture

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

// isWhole reports whether a text is a JWT of which header and claims can be decoded.
func isWhole(token string) bool {
	header, rest, _ := strings.Cut(token, ".")
	claims, signature, signed := strings.Cut(rest, ".")
	return signed && strings.HasPrefix(header, "ey") && !strings.Contains(signature, ".") && isEncodedObject(header) && isEncodedObject(claims)
}

func isEncodedObject(part string) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	var object map[string]json.RawMessage
	return err == nil && json.Unmarshal(data, &object) == nil
}

// maxTries bounds how many beginnings of a token are tried in one text.
const maxTries = 20

// wholeWithin returns the JWT at the end of a text to which something was glued, else
// the text.
func wholeWithin(run string) string {
	rest := run
	for range maxTries {
		i := strings.Index(rest, "ey")
		if i < 0 {
			break
		}
		if rest = rest[i:]; isWhole(rest) {
			return rest
		}
		rest = rest[2:]
	}
	return run
}

// signatureLengths are those of encoded signatures by algorithm; RSA has several sizes.
var signatureLengths = map[string][]int{"ES256": {86}, "ES384": {128}, "ES512": {176}, "PS": {171, 342, 512, 683}, "RS": {171, 342, 512, 683}, "HS": {43, 64, 86}}

// isSigned reports whether a text is a whole JWT whose signature has the length of its
// algorithm.
func isSigned(token string) bool {
	if !isWhole(token) {
		return false
	}
	header, _, _ := strings.Cut(token, ".")
	data, _ := base64.RawURLEncoding.DecodeString(header)
	var of struct{ Alg string }
	if json.Unmarshal(data, &of) != nil {
		return false
	}
	lengths, ok := signatureLengths[of.Alg]
	if !ok && len(of.Alg) > 2 {
		lengths = signatureLengths[of.Alg[:2]]
	}
	return slices.Contains(lengths, len(token)-strings.LastIndexByte(token, '.')-1)
}

// The bounds of a token in pieces: its lines, and how many beginnings are tried.
const maxPieces = 400

// piecedTogether returns the signed token that a text has in several pieces: in lines
// with continuation marks, quotation marks or the mark of a quoted mail, or joined by + in
// a program; "" without one.
func piecedTogether(text string) string {
	if !strings.Contains(text, "ey") {
		return ""
	}
	lines := strings.Split(text, "\n")
	tries := 0
	for at, line := range lines {
		for i := strings.Index(line, "ey"); i >= 0 && tries < maxTries; tries++ {
			line = line[i:]
			if token := joinedFrom(line, lines[at+1:]); token != "" {
				return token
			}
			line = line[2:]
			i = strings.Index(line, "ey")
		}
	}
	if len(text) > MaxBytes || !strings.ContainsAny(text, "\"'`") {
		return ""
	}
	for _, joined := range newProgram(text).texts {
		if isSigned(joined) {
			return joined
		}
	}
	return ""
}

// joinedFrom joins the pieces in lines until they make a signed token; "" if they never
// do.
func joinedFrom(first string, lines []string) string {
	var b strings.Builder
	for i := -1; i < min(len(lines), maxPieces); i++ {
		piece := first
		if i >= 0 {
			piece = lines[i]
		}
		piece = strings.Trim(piece, " \t\r\\^`\"'>|+&,;)")
		end := strings.IndexFunc(piece, func(c rune) bool { return !secret.IsTokenRune(c) || c == '=' || c == '/' })
		last := end >= 0
		if last {
			piece = piece[:end]
		}
		b.WriteString(piece)
		if isSigned(b.String()) {
			return b.String()
		}
		if last && strings.Trim(piece, "=") != "" || piece == "" || b.Len() > MaxBytes/4 {
			return ""
		}
	}
	return ""
}

// complete looks for a signed token where what was found is none. Then, and if the text
// around a token had to be removed, the reading is a guess.
func (r *reader) complete(p *Paste, text string) {
	if p.Decoded != nil || p.Elsewhere == "text-too-large" || isSigned(p.Token.Reveal()) {
		return
	}
	found := tokensIn(text)
	found = append(slices.DeleteFunc(found, func(t string) bool { return !isSigned(t) }), piecedTogether(text))
	switch {
	case found[0] != "":
		r.note(Around)
		p.Elsewhere, p.Token, p.Guessed = "", secret.New(found[0]), true
	case !p.Token.IsZero():
		p.Guessed = r.stripped[Around] || r.stripped[LineBreaks] || r.stripped[Spaces] || !secret.IsTokenText(p.Token.Reveal())
	}
}
