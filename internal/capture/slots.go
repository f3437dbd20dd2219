package capture

import (
	"slices"
	"strings"
)

// slotKind is a part of a request.
type slotKind int

const (
	slotURL slotKind = iota + 1
	slotMethod
	slotHeaders
	slotContentType
	slotBody
	slotForm
	slotJSON
	slotMultipart
	slotQuery
	slotAuth
	slotCookie
	slotSend // a method of a builder with the name of an HTTP method: .post(body)
	slotPost // a switch of PHP's curl
)

// slots are the names of the parts of a request, in normal form, in libraries,
// collections and archives.
var slots = func() map[string]slotKind {
	all := map[string]slotKind{}
	for kind, names := range map[slotKind]string{
		slotURL:         "url uri endpoint requesturi requesturl tokenurl href curlopturl resource",
		slotMethod:      "method httpmethod verb requestmethod curloptcustomrequest setmethod",
		slotHeaders:     "headers header requestheaders curlopthttpheader addheader setheader setrequestproperty additionalheaders withheaders",
		slotContentType: "contenttype mimetype mediatype",
		slotBody:        "data body payload content requestbody rawbody postdata curloptpostfields postfields send setbody entity setentity text raw addstringbody",
		slotForm:        "form formparams urlencoded formurlencoded formencoded bodyparams setformdata bodyform",
		slotJSON:        "json jsonbody addjsonbody bodyjson",
		slotMultipart:   "multipart formdata files bodymultipart",
		slotQuery:       "params query qs searchparams querystring queryparameters queryparams parameters",
		slotAuth:        "auth authentication basicauth curloptuserpwd withbasicauth setbasicauth withdigestauth withtoken",
		slotCookie:      "cookies",
		slotSend:        "post put patch delete",
		slotPost:        "curloptpost",
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = kind
		}
	}
	return all
}()

// isOptions reports whether a table has parts of a request and not parameters.
func (v *value) isOptions() bool {
	found := false
	for _, x := range v.items {
		if isParameter(x.name) && normal(x.name) != "scope" {
			return false
		}
		found = found || slots[normal(x.name)] != 0
	}
	return found
}

// hasSlot reports whether a table has a part of a request of one of these kinds.
func (v *value) hasSlot(kinds ...slotKind) bool {
	return slices.ContainsFunc(v.items, func(x item) bool { return slices.Contains(kinds, slots[normal(x.name)]) })
}

// isRequest reports whether a table is a whole request: it has a URL and more.
func (v *value) isRequest() bool {
	more, url := false, false
	for _, x := range v.items {
		switch slots[normal(x.name)] {
		case slotURL:
			url = url || x.value.kind == tableValue || x.value.kind == textValue && (isURL(x.value.text) || strings.Contains(x.value.text, "{{"))
		case slotMethod:
			more = more || methodNamed(x.value) != ""
		case slotBody, slotForm, slotJSON, slotMultipart, slotHeaders, slotPost:
			more = true
		}
	}
	return url && more
}

// toRequest reads a table as a request of its library.
func (v *value) toRequest(lib *library) *request {
	q := &request{allHeaders: lib.headers, by: lib}
	for _, x := range v.items {
		switch slots[normal(x.name)] {
		case slotURL:
			q.urlOf(x.value)
		case slotMethod:
			if m := methodNamed(x.value); m != "" {
				q.method = m
			} else if x.value.kind == textValue {
				q.method = strings.ToUpper(x.value.text)
			}
		case slotPost:
			q.post = x.value.text == "true" || x.value.text == "1"
		case slotHeaders:
			q.headersOf(x.value)
		case slotContentType:
			q.header("Content-Type", x.value.word())
		case slotAuth:
			q.authOf(x.value)
		case slotCookie:
			q.cookie = q.cookie || len(x.value.items) > 0
		}
	}
	for _, x := range v.items {
		q.part(slots[normal(x.name)], x.value)
	}
	if q.method == "" {
		q.method = lib.method
		if q.post || q.hasBody && lib.method == "GET" && lib.bodyPosts {
			q.method = "POST"
		}
	}
	q.incomplete = q.incomplete || v.open
	if q.contentType == nil && q.hasBody && q.implied != "" && !lib.recorded {
		q.contentType = []string{q.implied}
	}
	return q
}

// part reads what is sent.
func (q *request) part(kind slotKind, v *value) {
	switch kind {
	case slotQuery:
		list, open := v.pairs()
		if v.kind == textValue {
			list = pairs(strings.TrimPrefix(v.text, "?"))
		}
		q.query = append(q.query, list...)
		q.incomplete = q.incomplete || open || v.kind == unknownValue && v.text != ""
	case slotBody:
		q.bodyOf(v)
	case slotForm:
		q.tableBody(v, encodedForm)
	case slotJSON:
		q.tableBody(v, encodedJSON)
	case slotMultipart:
		if len(v.items) > 0 {
			q.tableBody(v, encodedMultipart)
		}
	}
}

func (q *request) urlOf(v *value) {
	if v.kind == tableValue { // of a Postman collection
		for _, x := range v.items {
			if normal(x.name) == "raw" {
				v = x.value
			}
		}
	}
	if v.kind == textValue && q.url == "" {
		q.setURL(v.text)
	}
}

func (q *request) headersOf(v *value) {
	if v.kind == unknownValue {
		q.allHeaders = q.allHeaders && v.text == ""
		return
	}
	list, open := v.pairs()
	for _, h := range list {
		q.header(h.name, h.value)
	}
	q.allHeaders = q.allHeaders && !open
}

// authOf reads what a library or a collection sends as authorization.
func (q *request) authOf(v *value) {
	kind := v.member("type", "authtype", "mode")
	switch {
	case v.kind == unknownValue:
		q.allHeaders = q.allHeaders && v.text == ""
	case kind != nil && slices.Contains([]string{"basic", "bearer", "digest"}, kind.text):
		q.header("Authorization", kind.text)
	case kind != nil, v.kind == tableValue && len(v.items) == 0:
	case v.kind == textValue && slices.Contains([]string{"none", "inherit", "noauth"}, v.text):
	default:
		q.header("Authorization", "Basic")
	}
}

// nested are the names of the kinds of body in collections and archives.
var nested = map[string]encoding{"urlencoded": encodedForm, "form": encodedForm, "params": encodedForm, "formdata": encodedMultipart,
	"raw": plainTable, "text": plainTable, "json": encodedJSON, "body": plainTable, "content": plainTable}

// bodyOf reads a body: a text, a table of parameters, or a table that says which kind of
// body it is.
func (q *request) bodyOf(v *value) {
	if v.kind != tableValue || v.as != plainTable || !v.isOptions() && v.member("mode") == nil {
		q.tableBody(v, v.as)
		return
	}
	mode := v.member("mode")
	if t := v.member("mimetype", "contenttype"); t != nil && q.contentType == nil {
		q.header("Content-Type", t.text)
	}
	for _, x := range v.items {
		name := normal(x.name)
		as, ok := nested[name]
		if !ok || mode != nil && normal(mode.text) != name || x.value.kind == unknownValue || x.value.kind == tableValue && len(x.value.items) == 0 {
			continue
		}
		if len(q.contentType) > 0 && as == encodedForm && hasPrefixFold(q.contentType[0], "multipart/") {
			as = encodedMultipart
		}
		if x.value.kind == textValue && q.hasBody {
			continue // the same as text
		}
		if name == "raw" && v.member("options") != nil && strings.HasPrefix(strings.TrimSpace(x.value.text), "{") {
			q.implied = "application/json"
		}
		q.tableBody(x.value, as)
	}
}

// tableBody reads a body that is encoded in some way.
func (q *request) tableBody(v *value, as encoding) {
	if v.kind == unknownValue {
		if v.text != "" {
			q.hasBody, q.incomplete, q.inVariable = true, true, true
		}
		return
	}
	q.hasBody = true
	jsonType := "application/json" // that of a library; a program that makes JSON itself sends text
	if v.as != plainTable {
		if as = v.as; as == encodedJSON {
			jsonType = q.by.text
		}
	}
	if v.kind == textValue {
		q.body(v.text)
		switch {
		case as == encodedJSON:
			q.implied = jsonType
		case q.implied == "":
			q.implied = q.by.text
		}
		q.allHeaders = q.allHeaders && !(q.by.text == "?")
		return
	}
	list, open := v.pairs()
	q.params, q.incomplete = append(q.params, list...), q.incomplete || open
	if as == plainTable {
		as = q.by.table
		if len(q.contentType) > 0 && mediaType(q.contentType[0]) == formType {
			as = encodedForm
		}
	}
	switch as {
	case encodedForm:
		q.implied = formType
	case encodedJSON:
		q.kind, q.implied = bodyJSON, jsonType
	case encodedMultipart:
		q.kind, q.implied = bodyMultipart, "multipart/form-data"
	case encodedText:
		q.implied = q.by.text
	default:
		q.allHeaders = false
	}
	if q.implied == "?" {
		q.allHeaders, q.implied = false, ""
	}
}
