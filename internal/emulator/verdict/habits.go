package verdict

import "slices"

// Habit is something that real clients do, where no source says how NetSuite
// reacts. Each has a default here; Config.Accept and Config.Refuse change it.
type Habit string

const (
	HabitClientIDField   Habit = "client-id-field"
	HabitScopeField      Habit = "scope-field"
	HabitBasicHeader     Habit = "basic-header"
	HabitCookie          Habit = "cookie"
	HabitTypMissing      Habit = "typ-missing"
	HabitNbf             Habit = "nbf"
	HabitSub             Habit = "sub"
	HabitJTI             Habit = "jti"
	HabitLifetimeHour    Habit = "lifetime-hour"
	HabitFractionalTime  Habit = "fractional-time"
	HabitAudienceArray   Habit = "audience-array"
	HabitAudienceRESTlet Habit = "audience-restlets"
	HabitAudienceConnect Habit = "audience-connect"
	HabitScopeConnect    Habit = "scope-connect"
	HabitReused          Habit = "reused"
	HabitScopeComma      Habit = "scope-comma"
	HabitScopeSpace      Habit = "scope-space"

	// Of an auditor, a second client that reads the account.
	HabitQueryLoginAudit    Habit = "query-login-audit"
	HabitQueryEmployeeRoles Habit = "query-employeeroles"
	HabitDFInWhere          Habit = "builtin-df-in-where"
	HabitOtherCertificates  Habit = "certificates-of-other-client"
)

// HabitDefault is what the server does with a habit unless told otherwise.
type HabitDefault struct {
	Habit    Habit
	Text     string // what it is
	Accepted bool
	Because  string // the reason for the default
}

var habits = [...]HabitDefault{
	{HabitClientIDField, "a form field client_id", true, "RFC 7521 section 4.2 allows it"},
	{HabitScopeField, "a form field scope", true, "unknown parameters are ignored (RFC 6749 section 3.2)"},
	{HabitBasicHeader, "an Authorization header, such as Basic", false,
		"two ways of client authentication (Oracle NetSuite Help, subsect_158521832417)"},
	{HabitCookie, "a Cookie header on the token request", false,
		"one field report says that it breaks REST calls; none mentions the token endpoint"},
	{HabitTypMissing, "no typ in the header", true, "typ is optional (RFC 7519 section 5.1)"},
	{HabitNbf, "a claim nbf, in the past", true, "RFC 7523 section 3 allows it"},
	{HabitSub, "a claim sub", true, "RFC 7523 section 3 requires it"},
	{HabitJTI, "a claim jti", true, "Oracle's newer sample has it"},
	{HabitLifetimeHour, "exp exactly 3600 seconds after iat", true,
		"two of Oracle's samples have it (section_162755359851, article_0907012935); its text says less than 60 minutes (section_162790605110)"},
	{HabitFractionalTime, "iat or exp with a fraction", true, "Oracle's sample for SuiteAnalytics Connect has one (article_0907012935)"},
	{HabitAudienceArray, "aud as an array of one", true, "RFC 7519 section 4.1.3 allows it"},
	{HabitAudienceRESTlet, "aud on the restlets host", true, "one of Oracle's samples has it; its text says the token endpoint"},
	{HabitAudienceConnect, "aud on the connect host", true, "Oracle's sample for SuiteAnalytics Connect has it (article_0907012935)"},
	{HabitScopeConnect, "the scope SuiteAnalytics for suite_analytics", true, "Oracle's sample for SuiteAnalytics Connect has it (article_0907012935)"},
	{HabitScopeComma, "scopes in one string, separated by commas", true, "Oracle's text says so"},
	{HabitScopeSpace, "scopes in one string, separated by spaces", false, "neither in Oracle's text nor in its samples"},
	{HabitQueryLoginAudit, "a SuiteQL query of LoginAudit", true, "collectors of logs do it; which permission another role than Administrator needs is not documented"},
	{HabitQueryEmployeeRoles, "a SuiteQL query of employeeroles", true, "public programs do it; one report says that a limited role cannot"},
	{HabitDFInWhere, "BUILTIN.DF in a WHERE of SuiteQL", true, "one public program calls it unreliable; refused, the query finds no row"},
	{HabitOtherCertificates, "the certificates list of another Client ID", true, "no source shows it; it needs a role that manages all authorizations"},
	{HabitReused, "an assertion that was sent before", true, "no page says that each assertion works once; without jti a server need not remember it"},
}

// Habits returns every habit and its default.
func Habits() []HabitDefault { return slices.Clone(habits[:]) }

// Default is what the server does with the habit.
func (h Habit) Default() HabitDefault {
	i := slices.IndexFunc(habits[:], func(d HabitDefault) bool { return d.Habit == h })
	if i < 0 {
		return HabitDefault{}
	}
	return habits[i]
}

// HabitSet tells which habits this server accepts.
type HabitSet map[Habit]bool

// SettleHabits applies these to the defaults. It returns the first unknown habit, ""
// if all are known.
func SettleHabits(accept, refuse []Habit) (HabitSet, Habit) {
	set := make(HabitSet)
	for _, h := range habits {
		set[h.Habit] = h.Accepted
	}
	for i, h := range slices.Concat(accept, refuse) {
		if _, known := set[h]; !known {
			return nil, h
		}
		set[h] = i < len(accept)
	}
	return set, ""
}
