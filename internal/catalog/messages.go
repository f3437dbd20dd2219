package catalog

import (
	"cmp"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// messages is messages.yaml: texts by reader, topic and name.
var messages = file[map[string]map[string]map[string]string]("messages.yaml")

// Message is a text of a message to reader, filled from ev: the reader's own, or that
// of all readers. It is "" where there is none.
func Message(reader, topic, name string, ev finding.Evidence) string {
	t := messages()
	return strings.TrimSpace(Fill(cmp.Or(t[reader][topic][name], t["all"][topic][name]), ev))
}
