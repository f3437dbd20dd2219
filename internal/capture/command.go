package capture

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/shellwords"
)

// commands are the commands besides curl, by name, with what they add by themselves.
var commands = map[string]struct {
	by   library
	read func(args []string) *value
}{
	"http":  {library{said: "HTTPie command", headers: true, method: "GET", bodyPosts: true, text: "application/json"}, httpie},
	"https": {library{said: "HTTPie command", headers: true, method: "GET", bodyPosts: true, text: "application/json"}, httpie},
	"xh":    {library{said: "xh command", headers: true, method: "GET", bodyPosts: true, text: "application/json"}, httpie},
	"xhs":   {library{said: "xh command", headers: true, method: "GET", bodyPosts: true, text: "application/json"}, httpie},
	"wget":  {library{said: "wget command", headers: true, method: "GET", bodyPosts: true, text: formType}, wget},
}

// command reads a command of HTTPie, xh or wget. It is nil for other text.
func (r *reader) command(text string) *Paste {
	var requests []*request
	for at := 0; at < len(text) && len(requests) < maxCommands; {
		first := line(text[at:])
		_, last, _ := strings.Cut(first, "' |")
		if _, piped, ok := strings.Cut(first, "'|"); ok {
			last = piped
		}
		name := strings.TrimLeft(cmp.Or(last, first), " \t$")
		name = name[strings.LastIndexAny(line(name[:min(len(name), 80)]), "(`>$")+1:]
		name = strings.TrimLeft(name, " ")
		word, _, _ := strings.Cut(name, " ")
		if c, ok := commands[strings.TrimSuffix(word, ".exe")]; ok {
			command := text[at+len(first)-len(name):]
			t := c.read(shellwords.Split(command, ')'))
			if before, _, piped := strings.Cut(first, "|"); piped && t.member("body", "form", "json") == nil {
				if words := shellwords.Split(before, 0); len(words) == 2 { // printf '...' | http
					t.add("body", textOf(words[1]))
				}
			}
			q := t.toRequest(&c.by)
			if strings.Contains(q.written, "/") && (q.asksForToken() || len(q.authorization) > 0) {
				requests = append(requests, q)
			}
		}
		at += len(first) + 1
	}
	if len(requests) == 0 {
		return nil
	}
	chosen, said := choose(requests, "")
	r.note(Command)
	p := r.fromRequest(Text, chosen)
	p.ReadAs = chosen.by.said + said
	return p
}

// basic is what stands for a user with a password.
func basic() *value { return &value{kind: tableValue, items: []item{{"user", textOf("")}}} }

// httpieItem is an item of a request, with the mark that says what it is.
var httpieItem = regexp.MustCompile(`^([^:=@]+)(:=@|:=|==|=@|=|:|@)(?s:(.*))$`)

// httpie reads a command of HTTPie or xh: [METHOD] URL [ITEM...].
func httpie(args []string) *value {
	t, items, body, hasURL := &value{kind: tableValue}, &value{kind: tableValue}, "json", false
	for i := 1; i < len(args); i++ {
		option, content, glued := strings.Cut(args[i], "=")
		if slices.Contains([]string{"--auth", "-a", "--raw", "--auth-type", "-A", "--timeout", "--verify", "--session", "--proxy", "--output", "-o", "--max-redirects"}, option) && !glued && i+1 < len(args) {
			i++
			content = args[i]
		}
		item := httpieItem.FindStringSubmatch(args[i])
		switch {
		case option == "--form" || option == "-f":
			body = "form"
		case option == "--multipart":
			body = "multipart"
		case option == "--auth" || option == "-a":
			t.add("auth", basic())
		case option == "--raw":
			t.add("body", textOf(content))
		case strings.HasPrefix(option, "-"):
		case !hasURL && methodNamed(textOf(option)) != "":
			t.add("method", textOf(option))
		case !hasURL:
			hasURL = true
			t.add("url", textOf(args[i]))
		case item == nil:
		case item[2] == ":":
			t.child("headers").add(item[1], textOf(item[3]))
		case item[2] == "==":
			t.child("query").add(item[1], textOf(item[3]))
		case strings.Contains(item[2], "@"):
			items.add(item[1], textOf("@"))
		default:
			items.add(item[1], textOf(item[3]))
		}
	}
	if len(items.items) > 0 {
		t.add(body, items)
	}
	return t
}

// wgetOptions are the options of wget about what is sent, and the part that each sets.
var wgetOptions = map[string]string{"--post-data": "body", "--body-data": "body", "--post-file": "file", "--body-file": "file", "--header": "header",
	"--method": "method", "--user": "auth", "--password": "", "-O": "", "-o": "", "-t": "", "-T": "", "-U": ""}

func wget(args []string) *value {
	t := &value{kind: tableValue}
	for i := 1; i < len(args); i++ {
		option, content, glued := strings.Cut(args[i], "=")
		part, known := wgetOptions[option]
		if known && !glued && i+1 < len(args) {
			i++
			content = args[i]
		}
		switch name, rest, _ := strings.Cut(content, ":"); {
		case part == "header":
			t.child("headers").add(name, textOf(rest))
		case part == "auth":
			t.add("auth", basic())
		case part == "file":
			t.add("body", unknown("file"))
		case part != "":
			t.add(part, textOf(content))
		case !strings.HasPrefix(option, "-") && strings.Contains(args[i], "/"):
			t.add("url", textOf(args[i]))
		}
	}
	return t
}

// line returns the first line of s.
func line(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
