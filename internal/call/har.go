package call

// The HTTP Archive of --har, version 1.2, which browsers and proxies read. Secrets
// are left out. Source of the format: http://www.softwareishard.com/blog/har-12-spec/.

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/netsuite"
)

// archive writes an archive. After each exchange the file is a whole one.
type archive struct {
	file  *os.File
	at    int64 // where the next entry goes
	count int
}

const archiveTail = "\n]}}\n"

// createArchive makes the file, readable by its owner only. It never overwrites one: the
// error is then fs.ErrExist.
func createArchive(path, creator, version string) (*archive, error) {
	f, err := atomicfile.CreatePrivate(path)
	if err != nil {
		return nil, err
	}
	by, err := json.Marshal(map[string]string{"name": creator, "version": version})
	if err == nil {
		w := &archive{file: f}
		if err = w.put(`{"log":{"version":"1.2","creator":` + string(by) + `,"entries":[`); err == nil {
			return w, nil
		}
	}
	f.Close()
	os.Remove(path)
	return nil, err
}

// put writes text and the end of the file behind it.
func (w *archive) put(text string) error {
	if _, err := w.file.WriteAt([]byte(text+archiveTail), w.at); err != nil {
		return err
	}
	w.at += int64(len(text))
	return nil
}

// add writes an exchange.
func (w *archive) add(entry harEntry) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(entry); err != nil {
		return err
	}
	separator := "\n"
	if w.count++; w.count > 1 {
		separator = ",\n"
	}
	return w.put(separator + strings.TrimSuffix(b.String(), "\n"))
}

// close ends the archive.
func (w *archive) close() error { return w.file.Close() }

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harEntry struct {
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"`
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Address  string      `json:"serverIPAddress,omitempty"`
	Comment  string      `json:"comment,omitempty"`
}

type harRequest struct {
	Method      string       `json:"method"`
	URL         string       `json:"url"`
	Version     string       `json:"httpVersion"`
	Cookies     []harPair    `json:"cookies"`
	Headers     []harPair    `json:"headers"`
	Query       []harPair    `json:"queryString"`
	PostData    *harPostData `json:"postData,omitempty"`
	HeadersSize int          `json:"headersSize"`
	BodySize    int          `json:"bodySize"`
}

type harPostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Comment  string `json:"comment,omitempty"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	Version     string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	Redirect    string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

// harTimings are in milliseconds; -1 where there was no such phase. TLS is a part of
// Connect.
type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	TLS     float64 `json:"ssl"`
}

func (x *exchange) entry() harEntry {
	r := x.request
	e := harEntry{
		Started: x.began.UTC().Format("2006-01-02T15:04:05.000Z"),
		Request: harRequest{Method: r.Method, URL: r.URL.String(), Version: "unknown", Cookies: []harPair{}, Headers: harHeaders(r.Header),
			Query: harQuery(r.URL.RawQuery), HeadersSize: -1, BodySize: len(x.body)},
		Response: harResponse{Version: "unknown", Cookies: []harPair{}, Headers: []harPair{}, Content: harContent{MimeType: "x-unknown"}, HeadersSize: -1, BodySize: -1},
		Timings:  harTimings{Blocked: -1, DNS: -1, Connect: -1, TLS: -1},
	}
	if len(x.body) > 0 {
		e.Request.PostData = harPost(r.Header.Get("Content-Type"), x.body)
	}
	if x.err != nil {
		e.Comment = x.err.Error()
	}
	if a := x.answer; a != nil {
		e.Request.Version, e.Response.Version = a.Protocol, a.Protocol
		e.Response.Status, e.Response.StatusText = a.Status, http.StatusText(a.Status)
		e.Response.Headers = harHeaders(a.Header)
		e.Response.Redirect = a.Header.Get("Location")
		e.Response.Content = harBody(a, max(x.size, int64(len(a.Body))))
		e.Address, _, _ = net.SplitHostPort(a.RemoteAddr)
		e.Timings.take(a.Timings)
		e.Timings.Receive = ms(x.ended.Sub(a.Received))
	} else {
		e.Timings.Wait = ms(x.ended.Sub(x.began))
	}
	for _, phase := range []float64{e.Timings.DNS, e.Timings.Connect, e.Timings.Send, e.Timings.Wait, e.Timings.Receive} {
		e.Time += max(0, phase)
	}
	e.Time = math.Round(e.Time*1000) / 1000
	return e
}

func (t *harTimings) take(took netsuite.Timings) {
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

// secretHeaders are those whose values never get into a file.
var secretHeaders = []string{"Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"}

func harHeaders(h http.Header) []harPair {
	list := []harPair{}
	for name, values := range h {
		for _, v := range values {
			if slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)) {
				v = secret.Placeholder
			}
			list = append(list, harPair{name, strings.ToValidUTF8(v, "\uFFFD")})
		}
	}
	slices.SortStableFunc(list, func(a, b harPair) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// harQuery lists the parameters in their order.
func harQuery(raw string) []harPair {
	list := []harPair{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		list = append(list, harPair{unescape(name), unescape(value)})
	}
	return list
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// maxArchivedBody bounds what is kept of a request's body.
const maxArchivedBody = 1 << 20

func harPost(mime string, data []byte) *harPostData {
	switch p := (&harPostData{MimeType: mime}); {
	case !utf8.Valid(data):
		p.Comment = "not text: left out"
		return p
	case len(data) > maxArchivedBody:
		p.Text, p.Comment = strings.ToValidUTF8(string(data[:maxArchivedBody]), ""), "cut at 1 MiB"
		return p
	default:
		p.Text = string(data)
		return p
	}
}

func harBody(a *netsuite.Answer, size int64) harContent {
	c := harContent{Size: size, MimeType: cmp.Or(a.Header.Get("Content-Type"), "x-unknown")}
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
