package text

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// ByteOrderMark is the byte order mark that Windows editors write before a text.
const ByteOrderMark = "\ufeff"

// TrimBOM removes a UTF-8 byte order mark from the start of s.
func TrimBOM[T string | []byte](s T) T {
	if len(s) >= len(ByteOrderMark) && string(s[:len(ByteOrderMark)]) == ByteOrderMark {
		return s[len(ByteOrderMark):]
	}
	return s
}

// WithoutBOM is r without a byte order mark at its start. It reads as far as that could
// be.
func WithoutBOM(r io.Reader) io.Reader {
	begin := make([]byte, len(ByteOrderMark))
	n, err := io.ReadFull(r, begin)
	head := bytes.NewReader(TrimBOM(begin[:n]))
	if err != nil { // all of it was read, or it is the error of what follows
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		return io.MultiReader(head, ended{err})
	}
	return io.MultiReader(head, r)
}

// ended is a reader at whose end is err.
type ended struct{ err error }

func (e ended) Read([]byte) (int, error) { return 0, e.err }

// UTF8 converts s from UTF-8 or UTF-16 to UTF-8 without a byte order mark.
func UTF8(s string) string {
	if decoded, ok := DecodeUTF16([]byte(s)); ok {
		s = string(decoded)
	}
	return TrimBOM(s)
}

// DecodeUTF16 converts UTF-16, which PowerShell writes with ">", to UTF-8. It returns
// false if data is not UTF-16. Without a byte order mark, data is UTF-16 if it starts
// with ASCII characters or has the dashes of PEM. The result has no byte order mark, and
// no odd byte from the end of data.
func DecodeUTF16(data []byte) ([]byte, bool) {
	order := byteOrder(data)
	if order == nil {
		return nil, false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return TrimBOM([]byte(string(utf16.Decode(units)))), true
}

// byteOrder returns the byte order of data, or nil if it is not UTF-16.
func byteOrder(data []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), asciiUnits(data, 0, 1):
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")), asciiUnits(data, 1, 0):
		return binary.BigEndian
	}
	// A dash at an even index is the first byte of its unit, so the low byte comes first.
	switch at := bytes.Index(data, []byte("-\x00-\x00-\x00")); {
	case at < 0:
		return nil
	case at%2 == 0:
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// asciiUnits reports whether data starts with ASCII characters of two bytes, with the
// character at index low and zero at index high.
func asciiUnits(data []byte, low, high int) bool {
	const looked = 16
	if len(data) < looked {
		return false
	}
	for i := 0; i < looked; i += 2 {
		if c := data[i+low]; data[i+high] != 0 || c == 0 || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
