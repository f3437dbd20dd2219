package capture

import "strings"

// methods begin an HTTP message. Other words would match ordinary text.
var methods = []string{"GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS "}

// message reads an HTTP request as programs log it, as curl -v shows it (each line
// after "> "), or as editors store it: "POST URL", headers, an empty line, the body.
// It is nil for other text.
func (r *reader) message(text string) *Paste {
	lines := strings.Split(text, "\n")
	sent := linesSent(lines)
	verbose := len(sent) > 0
	if verbose {
		lines = sent
	}
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return nil
	}
	method, target := requestLine(lines[0])
	if method == "" {
		return nil
	}
	q := &request{method: method, allHeaders: true}
	q.setURL(target)
	i := 1
	for ; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
		name, value, ok := strings.Cut(lines[i], ":")
		if !ok || strings.ContainsAny(name, " =&") { // the empty line is missing
			break
		}
		q.header(name, value)
	}
	if body := strings.TrimSpace(strings.Join(lines[i:], "\n")); body != "" {
		q.hasBody = true
		q.body(body)
	} else if verbose {
		q.incomplete = true // curl -v does not show what it sends
	}
	r.note(Message)
	return r.fromRequest(HTTP, q)
}

// linesSent returns the lines that curl -v marks as sent.
func linesSent(lines []string) []string {
	var sent []string
	for _, line := range lines {
		if line == ">" {
			sent = append(sent, "")
		} else if rest, ok := strings.CutPrefix(line, "> "); ok {
			sent = append(sent, rest)
		}
	}
	return sent
}

func requestLine(line string) (method, target string) {
	for _, m := range methods {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), m); ok {
			target, version, _ := strings.Cut(strings.TrimSpace(rest), " ")
			if (strings.HasPrefix(target, "/") || strings.Contains(target, "://")) && (version == "" || strings.HasPrefix(version, "HTTP/")) {
				return strings.TrimSpace(m), target
			}
		}
	}
	return "", ""
}
