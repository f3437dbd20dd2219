package capture

import (
	"encoding/json"
	"github.com/nsauth/nsauth/internal/secret"
	"regexp"
	"strconv"
	"strings"
)

// Answer is the response behind a request, without its secrets.
type Answer struct {
	Status int    // of HTTP; 0 if the text does not say
	Error  string // the OAuth error, such as server_error; "" if there is none
}

// statusLine begins a response, also as mitmproxy writes it.
var statusLine = regexp.MustCompile(`^(?:<< |< )?HTTP/[0-9.]+ ([1-5][0-9][0-9])\b`)

// statusOf returns the status of a status line, else 0.
func statusOf(line string) int {
	if m := statusLine.FindStringSubmatch(line); m != nil {
		status, _ := strconv.Atoi(m[1])
		return status
	}
	return 0
}

// readAnswer reads a response up to the next request, and returns the number of its
// lines.
func readAnswer(status int, lines []string) (*Answer, int) {
	i := 1
	for ; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if method, _ := requestLine(line); method != "" || strings.HasPrefix(line, "###") || statusOf(line) != 0 {
			break
		}
	}
	return answerOf(status, strings.Join(lines[1:i], "\n")), i
}

// answerOf reads the OAuth error in the body of a response.
func answerOf(status int, body string) *Answer {
	a := &Answer{Status: status}
	if begin, end := strings.Index(body, "{"), strings.LastIndex(body, "}"); begin >= 0 && begin < end {
		var oauth struct {
			Error string `json:"error"`
		}
		if json.Unmarshal([]byte(body[begin:end+1]), &oauth) == nil && secret.IsWord(oauth.Error) {
			a.Error = oauth.Error
		}
	}
	return a
}
