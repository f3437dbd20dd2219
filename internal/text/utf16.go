package text

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// ByteOrderMark is what Windows' editors put in front of a text.
const ByteOrderMark = "\ufeff"

// TrimBOM removes a byte order mark in UTF-8 from the beginning of s.
func TrimBOM[T string | []byte](s T) T {
	if len(s) >= len(ByteOrderMark) && string(s[:len(ByteOrderMark)]) == ByteOrderMark {
		return s[len(ByteOrderMark):]
	}
	return s
}

// UTF8 returns s as UTF-8 without a byte order mark, whether it was UTF-8 or UTF-16.
func UTF8(s string) string {
	if decoded, ok := DecodeUTF16([]byte(s)); ok {
		s = string(decoded)
	}
	return TrimBOM(s)
}

// DecodeUTF16 reads what Windows writes, PowerShell with ">" above all: UTF-16 with
// a byte order mark, or without one where the text begins with ASCII characters or
// has the dashes of PEM somewhere. The byte order mark is left out, and so is an odd
// byte at the end. It is false where data is no UTF-16.
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

// byteOrder is nil for what is no UTF-16.
func byteOrder(data []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), asciiUnits(data, 0, 1):
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")), asciiUnits(data, 1, 0):
		return binary.BigEndian
	}
	// The zero before a dash is the other half of the character before it, unless
	// it is the first byte of its pair.
	switch at := bytes.Index(data, []byte("-\x00-\x00-\x00")); {
	case at < 0:
		return nil
	case at%2 == 0:
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// asciiUnits reports whether data begins with ASCII characters of two bytes each,
// the one at low and a zero at high.
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
