package capture

import "strings"

// library is what a program makes requests with.
type library struct {
	said  string   // for people
	marks []string // what only programs with it have
	table encoding // of a table as body; plainTable if that is not known
	// text is the Content-Type of a text as body, unless the program sets one; "" for
	// none, "?" if that is not known.
	text string
	// headers says that the text shows all headers, or what is set without being shown
	// is known.
	headers bool
	// method is the one without any, and bodyPosts says that a body makes it a POST.
	method    string
	bodyPosts bool
	recorded  bool // what is shown was sent: nothing is added
}

// libraries are those that are known, the more special ones first.
var libraries = []library{
	{said: "SuiteScript https call", marks: []string{"N/https", "https.post(", "https.request("}, text: "?"},
	{said: "Python requests call", marks: []string{"requests."}, table: encodedForm, headers: true},
	{said: "Python httpx call", marks: []string{"httpx."}, table: encodedForm, headers: true},
	{said: "Python aiohttp call", marks: []string{"aiohttp"}, table: encodedForm, text: "?", headers: true},
	{said: "Python urllib call", marks: []string{"urllib.request", "urlopen("}, table: encodedForm, text: formType, headers: true, method: "GET", bodyPosts: true},
	{said: "Python http.client call", marks: []string{"http.client"}, headers: true},
	{said: "axios call", marks: []string{"axios", "Axios"}, table: encodedJSON, text: formType, headers: true, method: "GET"},
	{said: "fetch call", marks: []string{"fetch("}, headers: true, method: "GET"},
	{said: "jQuery call", marks: []string{"$.ajax", "$.post", "jQuery."}, table: encodedForm, text: formType, headers: true},
	{said: "Node request call", marks: []string{"require('request')", `require("request")`}, headers: true, method: "GET"},
	{said: "Laravel Http call", marks: []string{"asForm("}, table: encodedForm, text: "?", headers: true},
	{said: "Laravel Http call", marks: []string{"Http::"}, table: encodedJSON, text: "?", headers: true},
	{said: "PHP curl call", marks: []string{"CURLOPT_", "curl_setopt"}, table: encodedMultipart, text: formType, headers: true, method: "GET", bodyPosts: true},
	{said: "PHP Guzzle call", marks: []string{"Guzzle", "form_params", "$client->"}, headers: true},
	{said: "OkHttp call", marks: []string{"OkHttp", "FormBody", "RequestBody"}, table: encodedForm, headers: true},
	{said: "RestSharp call", marks: []string{"RestRequest", "RestClient("}, table: encodedForm, text: "?"},
	{said: ".NET HttpClient call", marks: []string{"new HttpClient(", "FormUrlEncodedContent", "KeyValuePair", "PostAsync", "StringContent", "HttpRequestMessage"}, text: "text/plain", headers: true},
	{said: "Java HttpClient call", marks: []string{"HttpRequest.newBuilder", "BodyPublishers"}, headers: true},
	{said: "Apache HttpClient call", marks: []string{"HttpPost", "NameValuePair"}, table: encodedForm, text: "?", headers: true},
	{said: "Spring call", marks: []string{"RestTemplate", "WebClient"}, table: encodedForm, text: "?"},
	{said: "Unirest call", marks: []string{"Unirest"}, table: encodedForm, text: "?", headers: true},
	{said: "Go net/http call", marks: []string{"http.PostForm", "http.NewRequest", "url.Values"}, table: encodedForm, headers: true},
	{said: "Ruby Net::HTTP call", marks: []string{"Net::HTTP"}, table: encodedForm, text: formType, headers: true},
	{said: "Ruby HTTParty call", marks: []string{"HTTParty"}, table: encodedForm, text: "?", headers: true},
	{said: "Ruby Faraday call", marks: []string{"Faraday"}, table: encodedForm, text: "?", headers: true},
	{said: "Apps Script call", marks: []string{"UrlFetchApp"}, table: encodedForm, text: formType, headers: true, method: "GET"},
}

// unknownLibrary is that of a program which is not known: what is not in the text may be
// set somewhere else.
var unknownLibrary = library{said: "program code", text: "?"}

// madeWith returns the library of a call by its name, else the first one that the
// program mentions.
func (p *program) madeWith(path string) *library {
	for _, of := range []string{path + "(", p.code} {
		for i := range libraries {
			for _, mark := range libraries[i].marks {
				if strings.Contains(of, mark) {
					return &libraries[i]
				}
			}
		}
	}
	return &unknownLibrary
}

// program reads a program that makes requests, or the parameters of one in a table. It
// is nil for other text.
func (r *reader) program(text string) *Paste {
	if !mentionsRequest(text) {
		return nil
	}
	p := newProgram(text)
	var requests []*request
	for _, v := range p.requests {
		requests = append(requests, v.toRequest(v.by))
	}
	lib := p.madeWith("")
	for _, v := range p.tables {
		if v.isRequest() && v.by == nil {
			requests = append(requests, v.toRequest(lib))
		}
	}
	var useful []*request
	for _, q := range requests {
		if q.asksForToken() || len(q.authorization) > 0 && q.url != "" {
			useful = append(useful, q)
		}
	}
	if len(useful) > 0 {
		chosen, said := choose(useful, "")
		if len(chosen.params)+len(chosen.query) == 0 { // they are set in a way that is not known
			chosen.incomplete, chosen.hasBody, chosen.allHeaders = true, true, false
			chosen.params, _ = p.parameters()
		}
		return r.fromProgram(chosen, chosen.by.said+said)
	}
	return nil
}

// table reads the parameters of a request in a table of a program or a dump. It is nil
// for other text. What the program does with the table is not judged.
func (r *reader) table(text string) *Paste {
	if !mentionsRequest(text) {
		return nil
	}
	p := newProgram(text)
	lib := p.madeWith("")
	if list, _ := p.parameters(); len(list) > 0 {
		return r.fromProgram(&request{hasBody: true, params: list, incomplete: true, by: lib}, "parameters in a program")
	}
	return nil
}

// parameters returns the first table with the parameters of a token request.
func (p *program) parameters() (list []pair, open bool) {
	for _, v := range p.tables {
		list, open := v.pairs()
		q := &request{hasBody: true, params: list}
		if len(list) > 1 && count(list, "access_token") == 0 && q.asksForToken() {
			return list, open
		}
	}
	return nil, false
}

func (r *reader) fromProgram(q *request, said string) *Paste {
	form := Text
	if q.by.said == "fetch call" {
		form = Fetch
		r.note(FetchCall)
	} else {
		r.note(Around)
	}
	if q.by == &unknownLibrary {
		q.incomplete = true
	}
	p := r.fromRequest(form, q)
	p.ReadAs = said
	return p
}

// mentionsRequest reports whether a text can be a program that makes a request.
func mentionsRequest(text string) bool {
	if strings.Contains(text, "grant_type") || strings.Contains(text, "assertion") {
		return strings.ContainsAny(text, "({[")
	}
	for i := range libraries {
		for _, mark := range libraries[i].marks {
			if strings.Contains(text, mark) {
				return strings.Contains(text, "Authorization") || strings.Contains(text, "authorization") || strings.Contains(text, "/token")
			}
		}
	}
	return false
}
