package capture

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// What a log of curl --trace or --trace-ascii has: titles of parts with their size, and
// lines with their offset.
var (
	traceTitle = regexp.MustCompile(`^(?:[\d:.]+ )?(?:\[.*\] )?(?:=>|<=|==) (?:(Send|Recv) (header|data), (\d+) bytes)?`)
	traceLine  = regexp.MustCompile(`^([0-9a-f]{4,7}): ?(.*)$`)
)

// trace collects what was sent and received, and says whether a part of what was sent is
// missing.
type trace struct {
	log, sent, received strings.Builder
	into                *strings.Builder // nil for a part that is not read
	data, cut           bool
	size, at            int // of the part
}

// untrace returns the messages in a log of curl --trace; "" for other text. cut says that
// not all of what was sent is there.
func untrace(text string) (log string, cut bool) {
	if !strings.Contains(text, "=> Send header, ") {
		return "", false
	}
	t := trace{}
	for line := range strings.SplitSeq(text, "\n") {
		if m := traceTitle.FindStringSubmatch(line); m != nil {
			t.begin(m[1], m[2], m[3])
		} else if m := traceLine.FindStringSubmatch(line); m != nil && t.into != nil {
			offset, _ := strconv.ParseInt(m[1], 16, 64)
			t.add(int(offset), m[2])
		}
	}
	t.begin("", "", "")
	return lineBreaks.Replace(t.log.String() + t.sent.String() + "\n" + t.received.String()), t.cut
}

// begin ends the part before, and begins one. A request ends where the next one begins.
func (t *trace) begin(direction, kind, size string) {
	if t.into != nil {
		rest := t.size - t.at
		t.cut = t.cut || t.into == &t.sent && rest != 0 && (t.data || rest != 2 && rest != 4)
		t.into.WriteString(strings.Repeat("\n", min(max(rest, 0)/2, 2)))
	}
	t.into, t.at, t.data = nil, 0, kind == "data"
	t.size, _ = strconv.Atoi(size)
	switch {
	case direction == "Recv":
		t.into = &t.received
	case direction == "Send":
		t.into = &t.sent
		if !t.data && t.sent.Len() > 0 {
			t.log.WriteString(t.sent.String() + "\n" + t.received.String() + "\n")
			t.sent.Reset()
			t.received.Reset()
		}
	}
}

// add adds a line. Two bytes before it, a line break, are not shown.
func (t *trace) add(offset int, line string) {
	const shown = 16 * len("00 ") // before the text, in a log of --trace
	if len(line) > shown && line[2] == ' ' {
		if b, err := hex.DecodeString(strings.ReplaceAll(line[:shown], " ", "")); err == nil {
			line = string(b)
		}
	}
	if gap := offset - t.at; gap == 2 {
		t.into.WriteString("\n")
	} else if gap != 0 {
		t.cut = t.cut || t.into == &t.sent
	}
	t.into.WriteString(line)
	t.at = offset + len(line)
}
