package keys

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// Repair names one thing that was repaired in memory to read a file, or that other
// programs may reject. No repair is a guess: the result must be one whole structure.
type Repair string

// The repairs, most severe first: those that other programs need most.
const (
	RepairUTF16           Repair = "utf-16"           // PowerShell's > and Out-File
	RepairBase64          Repair = "base64"           // base64 of a whole file, as in CI secrets
	RepairPathInVariable  Repair = "path-in-variable" // a variable held the path of the file
	RepairLiteralNewlines Repair = "literal-newlines" // \n as two characters, as in JSON and .env files
	RepairLostBackslashes Repair = "lost-backslashes" // the same without the backslash: KEY-----nMII
	RepairSpaces          Repair = "spaces"           // spaces in place of line ends
	RepairOneLine         Repair = "one-line"         // without line ends, or with those of old Macintosh
	RepairInvisible       Repair = "invisible"        // zero-width or no-break characters
	RepairIndented        Repair = "indented"         // as copied from YAML
	RepairQuoted          Repair = "quoted"           // > before each line, as in quoted mail
	RepairByteOrderMark   Repair = "byte-order-mark"  // before UTF-8
	RepairTextAround      Repair = "text-around"      // before or after the PEM blocks
	RepairCRLF            Repair = "crlf"             // Windows line ends
	RepairNoFinalNewline  Repair = "no-final-newline" // after the last line
)

// Repairs lists all repairs, most severe first.
func Repairs() []Repair {
	return []Repair{RepairUTF16, RepairBase64, RepairPathInVariable, RepairLiteralNewlines, RepairLostBackslashes,
		RepairSpaces, RepairOneLine, RepairInvisible, RepairIndented, RepairQuoted, RepairByteOrderMark, RepairTextAround, RepairCRLF,
		RepairNoFinalNewline}
}

// repairs is what was done to one file.
type repairs map[Repair]bool

// list is in the order of Repairs.
func (r repairs) list() []Repair {
	return slices.DeleteFunc(Repairs(), func(one Repair) bool { return !r[one] })
}

// Damaged contents of a PEM block.
const (
	truncated content = "truncated"
	badBase64 content = "bad-base64"
	badDER    content = "bad-der"
)

// scan returns what is in data, in order and at least one blob, and the repairs.
func scan(data []byte) ([]blob, repairs) {
	r := repairs{}
	return r.scan(data, 2), r
}

// scan decodes base64 of a whole file at most depth times. Tools encode a file at most
// twice.
func (r repairs) scan(data []byte, depth int) []blob {
	data = r.decodeText(data)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return []blob{{is: "empty"}}
	case bytes.HasPrefix(data, []byte(`{\rtf`)): // its text has markup
		return []blob{{is: richText}}
	}
	data = r.unquote(data)
	starts := begins(data)
	if len(starts) == 0 {
		if inner := wholeBase64(data); inner != nil && depth > 0 {
			r[RepairBase64] = true
			return r.scan(inner, depth-1)
		}
		if found := jsonKeys(data); found != nil {
			return found
		}
		return []blob{unarmoured(data)}
	}
	found := make([]blob, len(starts))
	before, line := data[:starts[0].at], 1
	for i, b := range starts {
		end := len(data)
		if i+1 < len(starts) {
			end = starts[i+1].at
		}
		r.around(before)
		line += bytes.Count(before, []byte("\n"))
		t := pemText{label: b.label, before: lastLine(before), text: data[b.at:end], line: line}
		found[i], before = t.block(r)
		line += bytes.Count(t.text[:len(t.text)-len(before)], []byte("\n"))
	}
	if is := store(data); is != "" && is != envText && !slices.ContainsFunc(found, blob.isOurs) {
		return []blob{{is: is}} // its recipients have PEM blocks too
	}
	r.around(before)
	if bytes.Contains(data, []byte("\r\n")) {
		r[RepairCRLF] = true
	}
	if bytes.HasSuffix(data, []byte("-")) {
		r[RepairNoFinalNewline] = true
	}
	return found
}

// around notes text before or after a block, except the last line end of the block,
// which is written like its others.
func (r repairs) around(text []byte) {
	left := string(text)
	if r[RepairLiteralNewlines] {
		left = escapes.Replace(left)
	}
	left = strings.TrimSpace(left)
	if left != "" && !(r[RepairLostBackslashes] && (left == "n" || left == "rn")) {
		r[RepairTextAround] = true
	}
}

// lastLine returns the text after the last line end.
func lastLine(text []byte) []byte {
	return text[bytes.LastIndexAny(text, "\r\n")+1:]
}

// lineOf counts lines from 1.
func lineOf(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte("\n")) }

// decodeText turns UTF-16 into UTF-8 and removes a byte order mark.
func (r repairs) decodeText(data []byte) []byte {
	if decoded, ok := text.DecodeUTF16(data); ok {
		r[RepairUTF16], data = true, decoded
	}
	rest, ok := bytes.CutPrefix(data, []byte(text.ByteOrderMark))
	if ok {
		r[RepairByteOrderMark] = true
	}
	return rest
}

// quoteMarks are what mail programs put before each quoted line, once for each reply.
// Neither base64 nor a PEM header begins with one.
var quoteMarks = text.Regexp(`(?m)^(?:> ?)+`)

// unquote removes the marks if a PEM block is in a quoted mail.
func (r repairs) unquote(data []byte) []byte {
	before, _, found := bytes.Cut(data, []byte("-----BEGIN "))
	if mark := lastLine(before); !found || len(mark) == 0 || len(bytes.Trim(mark, "> ")) > 0 || mark[0] != '>' {
		return data
	}
	r[RepairQuoted] = true
	return quoteMarks().ReplaceAll(data, nil)
}

// wholeBase64 decodes base64 of a PEM file or of a recognised DER structure; nil for
// other text.
func wholeBase64(text []byte) []byte {
	joined := bytes.Trim(bytes.Join(bytes.Fields(text), nil), `"'`)
	if len(joined) < 64 { // shorter than the smallest key
		return nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		inner, err := encoding.Strict().DecodeString(string(joined))
		switch {
		case err != nil:
		case len(begins((repairs{}).decodeText(inner))) > 0, wholeBase64(inner) != nil:
			return inner
		case inner[0] == 0x30 && outline(inner).der != nil && outline(inner).is != badDER:
			return inner
		default:
			return nil
		}
	}
	return nil
}
