// .NET 8, without a package: dotnet new console, save the file as Program.cs, dotnet run
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

string Env(string name) => Environment.GetEnvironmentVariable(name) ?? throw new Exception(name + " is not set");
string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
string host = "https://" + Env("NETSUITE_ACCOUNT_ID").ToLowerInvariant().Replace('_', '-') + ".suitetalk.api.netsuite.com";
string tokenUrl = host + "/services/rest/auth/oauth2/v1/token";
long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
var header = new { typ = "JWT", alg = "PS256", kid = Env("NETSUITE_CERTIFICATE_ID") };
var claims = new { iss = Env("NETSUITE_CLIENT_ID"), scope = "rest_webservices", aud = tokenUrl, iat = now, exp = now + 300 };
string unsigned = Encode(JsonSerializer.SerializeToUtf8Bytes(header)) + "." + Encode(JsonSerializer.SerializeToUtf8Bytes(claims));
using var key = RSA.Create();
key.ImportFromPem(File.ReadAllText(Env("NETSUITE_PRIVATE_KEY_PATH")));
byte[] signature = key.SignData(Encoding.ASCII.GetBytes(unsigned), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
using var http = new HttpClient();
var answer = await http.PostAsync(tokenUrl, new FormUrlEncodedContent(new Dictionary<string, string> {
    ["grant_type"] = "client_credentials",
    ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    ["client_assertion"] = unsigned + "." + Encode(signature) }));
string body = await answer.Content.ReadAsStringAsync();
if (!answer.IsSuccessStatusCode) throw new Exception((int)answer.StatusCode + " " + body);
http.DefaultRequestHeaders.Authorization = new("Bearer", JsonDocument.Parse(body).RootElement.GetProperty("access_token").GetString());
Console.WriteLine(await http.GetStringAsync(host + "/services/rest/system/v1/serverTime"));
