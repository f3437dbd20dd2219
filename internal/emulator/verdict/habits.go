package verdict

import "slices"

// Habit is something that real clients do and of which no source says what
// NetSuite makes of it. Each has a default here, that Config.Accept and
// Config.Refuse change.
type Habit string

const (
	HabitClientIDField   Habit = "client-id-field"   // a form field client_id
	HabitScopeField      Habit = "scope-field"       // a form field scope
	HabitBasicHeader     Habit = "basic-header"      // an Authorization header, such as Basic
	HabitCookie          Habit = "cookie"            // a Cookie header on the token request
	HabitTypMissing      Habit = "typ-missing"       // no typ in the header
	HabitNbf             Habit = "nbf"               // a claim nbf, in the past
	HabitSub             Habit = "sub"               // a claim sub
	HabitJTI             Habit = "jti"               // a claim jti
	HabitLifetimeHour    Habit = "lifetime-hour"     // exactly 3600 seconds
	HabitFractionalTime  Habit = "fractional-time"   // iat or exp with a fraction
	HabitAudienceArray   Habit = "audience-array"    // aud as an array of one
	HabitAudienceRESTlet Habit = "audience-restlets" // aud on the restlets host
	HabitScopeComma      Habit = "scope-comma"       // scopes in one string, commas between them
	HabitScopeSpace      Habit = "scope-space"       // scopes in one string, spaces between them
)

// Text says what the habit is.
func (h Habit) Text() string {
	return map[Habit]string{
		HabitClientIDField:   "a form field client_id",
		HabitScopeField:      "a form field scope",
		HabitBasicHeader:     "an Authorization header, such as Basic",
		HabitCookie:          "a Cookie header on the token request",
		HabitTypMissing:      "no typ in the header",
		HabitNbf:             "a claim nbf, in the past",
		HabitSub:             "a claim sub",
		HabitJTI:             "a claim jti",
		HabitLifetimeHour:    "exp exactly 3600 seconds after iat",
		HabitFractionalTime:  "iat or exp with a fraction",
		HabitAudienceArray:   "aud as an array of one",
		HabitAudienceRESTlet: "aud on the restlets host",
		HabitScopeComma:      "scopes in one string, commas between them",
		HabitScopeSpace:      "scopes in one string, spaces between them",
	}[h]
}

// HabitDefault is what the server does with a habit unless told otherwise.
type HabitDefault struct {
	Habit    Habit  `json:"habit"`
	Accepted bool   `json:"accepted"`
	Because  string `json:"because"`
}

// Habits returns every habit and its default.
func Habits() []HabitDefault {
	return []HabitDefault{
		{HabitClientIDField, true, "RFC 7521 section 4.2 allows it"},
		{HabitScopeField, true, "unknown parameters are ignored (RFC 6749 section 3.2)"},
		{HabitBasicHeader, false, "two ways of client authentication (Oracle NetSuite Help, subsect_158521832417)"},
		{HabitCookie, false, "one field report says that it breaks REST calls; of the token endpoint none does"},
		{HabitTypMissing, true, "typ is optional (RFC 7519 section 5.1)"},
		{HabitNbf, true, "RFC 7523 section 3 allows it"},
		{HabitSub, true, "RFC 7523 section 3 asks for it"},
		{HabitJTI, true, "Oracle's newer sample has it"},
		{HabitLifetimeHour, false, "Oracle NetSuite Help, section_162755359851: less than 60 minutes; two of its samples have exactly 60"},
		{HabitFractionalTime, false, "Oracle asks for integers"},
		{HabitAudienceArray, true, "RFC 7519 section 4.1.3 allows it"},
		{HabitAudienceRESTlet, false, "Oracle's text says the token endpoint; one of its samples has the restlets host"},
		{HabitScopeComma, true, "Oracle's text says so"},
		{HabitScopeSpace, false, "neither Oracle's text nor its samples"},
	}
}

// Because is what the default rests on.
func (h Habit) Because() string {
	for _, d := range Habits() {
		if d.Habit == h {
			return d.Because
		}
	}
	return ""
}

// HabitSet is which habits this server accepts.
type HabitSet map[Habit]bool

func SettleHabits(accept, refuse []Habit) (HabitSet, Habit) {
	set := make(HabitSet)
	for _, h := range Habits() {
		set[h.Habit] = h.Accepted
	}
	for _, h := range slices.Concat(accept, refuse) {
		if _, known := set[h]; !known {
			return nil, h
		}
	}
	for _, h := range accept {
		set[h] = true
	}
	for _, h := range refuse {
		set[h] = false
	}
	return set, ""
}
