// Package har writes what nsauth sent and received as an HTTP Archive, version
// 1.2, which browsers and proxies read. Secrets are left out.
//
// Source of the format: http://www.softwareishard.com/blog/har-12-spec/.
package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/netsuite"
)

// Exchange is one request and what came of it.
type Exchange struct {
	// Request is as it was sent, with a placeholder where a secret was; its body is
	// Body.
	Request *http.Request
	Body    []byte
	Answer  *netsuite.Answer // nil if there was none
	Err     error            // why there is no whole answer, nil if there is
	// Began and Ended are before the request and behind the answer's body. Size is
	// the body's, which may be longer than what Answer holds.
	Began, Ended time.Time
	Size         int64
}

// Writer writes an archive. After each exchange the file is a whole one.
type Writer struct {
	file  *os.File
	at    int64 // where the next entry goes
	count int
}

const tail = "\n]}}\n"

// Create makes the file, readable by its owner only. It never overwrites one: the
// error is then fs.ErrExist.
func Create(path, creator, version string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	by, err := json.Marshal(map[string]string{"name": creator, "version": version})
	if err == nil {
		w := &Writer{file: f}
		if err = w.put(`{"log":{"version":"1.2","creator":` + string(by) + `,"entries":[`); err == nil {
			return w, nil
		}
	}
	f.Close()
	os.Remove(path)
	return nil, err
}

// put writes text and the end of the file behind it.
func (w *Writer) put(text string) error {
	if _, err := w.file.WriteAt([]byte(text+tail), w.at); err != nil {
		return err
	}
	w.at += int64(len(text))
	return nil
}

// Add writes an exchange.
func (w *Writer) Add(x Exchange) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x.entry()); err != nil {
		return err
	}
	separator := "\n"
	if w.count++; w.count > 1 {
		separator = ",\n"
	}
	return w.put(separator + strings.TrimSuffix(b.String(), "\n"))
}

// Close ends the archive.
func (w *Writer) Close() error { return w.file.Close() }

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type entry struct {
	Started  string   `json:"startedDateTime"`
	Time     float64  `json:"time"`
	Request  request  `json:"request"`
	Response response `json:"response"`
	Cache    struct{} `json:"cache"`
	Timings  timings  `json:"timings"`
	Address  string   `json:"serverIPAddress,omitempty"`
	Comment  string   `json:"comment,omitempty"`
}

type request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	Version     string    `json:"httpVersion"`
	Cookies     []pair    `json:"cookies"`
	Headers     []pair    `json:"headers"`
	Query       []pair    `json:"queryString"`
	PostData    *postData `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type postData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Comment  string `json:"comment,omitempty"`
}

type response struct {
	Status      int     `json:"status"`
	StatusText  string  `json:"statusText"`
	Version     string  `json:"httpVersion"`
	Cookies     []pair  `json:"cookies"`
	Headers     []pair  `json:"headers"`
	Content     content `json:"content"`
	Redirect    string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"`
	BodySize    int     `json:"bodySize"`
}

type content struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

// timings are in milliseconds; -1 where there was no such phase. TLS is a part of
// Connect.
type timings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	TLS     float64 `json:"ssl"`
}

func (x Exchange) entry() entry {
	r := x.Request
	e := entry{
		Started: x.Began.UTC().Format("2006-01-02T15:04:05.000Z"),
		Request: request{Method: r.Method, URL: r.URL.String(), Version: "unknown", Cookies: []pair{}, Headers: headers(r.Header),
			Query: query(r.URL.RawQuery), HeadersSize: -1, BodySize: len(x.Body)},
		Response: response{Version: "unknown", Cookies: []pair{}, Headers: []pair{}, Content: content{MimeType: "x-unknown"}, HeadersSize: -1, BodySize: -1},
		Timings:  timings{Blocked: -1, DNS: -1, Connect: -1, TLS: -1},
	}
	if len(x.Body) > 0 {
		e.Request.PostData = post(r.Header.Get("Content-Type"), x.Body)
	}
	if x.Err != nil {
		e.Comment = x.Err.Error()
	}
	if a := x.Answer; a != nil {
		e.Request.Version, e.Response.Version = a.Protocol, a.Protocol
		e.Response.Status, e.Response.StatusText = a.Status, http.StatusText(a.Status)
		e.Response.Headers = headers(a.Header)
		e.Response.Redirect = a.Header.Get("Location")
		e.Response.Content = body(a, max(x.Size, int64(len(a.Body))))
		e.Address = address(a.RemoteAddr)
		e.Timings.take(a.Timings)
		e.Timings.Receive = ms(x.Ended.Sub(a.Received))
	} else {
		e.Timings.Wait = ms(x.Ended.Sub(x.Began))
	}
	for _, phase := range []float64{e.Timings.DNS, e.Timings.Connect, e.Timings.Send, e.Timings.Wait, e.Timings.Receive} {
		e.Time += max(0, phase)
	}
	e.Time = math.Round(e.Time*1000) / 1000
	return e
}

func (t *timings) take(took netsuite.Timings) {
	if took.DNS > 0 {
		t.DNS = ms(took.DNS)
	}
	if connect := took.Connect + took.Proxy + took.TLS; connect > 0 {
		t.Connect = ms(connect)
	}
	if took.TLS > 0 {
		t.TLS = ms(took.TLS)
	}
	t.Wait = ms(took.FirstByte)
}

func ms(d time.Duration) float64 { return float64(max(0, d).Microseconds()) / 1000 }

// secrets are headers whose values never get into a file.
var secrets = []string{"Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"}

const placeholder = "<secret>"

func headers(h http.Header) []pair {
	list := []pair{}
	for name, values := range h {
		for _, v := range values {
			if slices.Contains(secrets, http.CanonicalHeaderKey(name)) {
				v = placeholder
			}
			list = append(list, pair{name, strings.ToValidUTF8(v, "\uFFFD")})
		}
	}
	slices.SortStableFunc(list, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// query lists the parameters in their order.
func query(raw string) []pair {
	list := []pair{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		list = append(list, pair{unescape(name), unescape(value)})
	}
	return list
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// maxRequest bounds what is kept of a request's body.
const maxRequest = 1 << 20

func post(mime string, data []byte) *postData {
	switch p := (&postData{MimeType: mime}); {
	case !utf8.Valid(data):
		p.Comment = "not text: left out"
		return p
	case len(data) > maxRequest:
		p.Text, p.Comment = strings.ToValidUTF8(string(data[:maxRequest]), ""), "cut at 1 MiB"
		return p
	default:
		p.Text = string(data)
		return p
	}
}

func body(a *netsuite.Answer, size int64) content {
	c := content{Size: size, MimeType: a.Header.Get("Content-Type")}
	if c.MimeType == "" {
		c.MimeType = "x-unknown"
	}
	text := a.Body
	if a.Truncated {
		c.Comment = "cut off"
		for len(text) > 0 && len(text) > len(a.Body)-utf8.UTFMax && !utf8.Valid(text) {
			text = text[:len(text)-1] // half a character
		}
	}
	if utf8.Valid(text) {
		c.Text = string(text)
	} else {
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString(a.Body), "base64"
	}
	return c
}

// address is the IP of host:port.
func address(hostPort string) string {
	i := strings.LastIndexByte(hostPort, ':')
	if i < 0 {
		return ""
	}
	return strings.Trim(hostPort[:i], "[]")
}
