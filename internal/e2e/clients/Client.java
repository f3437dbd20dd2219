import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A NetSuite client of the JDK's HttpClient: it exchanges an assertion for
 * a token and gets a record. It knows no proxy and no CA.
 * <pre>java Client.java ACCOUNT ASSERTION PATH</pre>
 */
public class Client {
    public static void main(String[] args) throws Exception {
        String host = "https://" + args[0] + ".suitetalk.api.netsuite.com";
        String form = "grant_type=client_credentials&client_assertion_type="
            + URLEncoder.encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", StandardCharsets.UTF_8)
            + "&client_assertion=" + URLEncoder.encode(args[1], StandardCharsets.UTF_8);
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
        String answer = client.send(HttpRequest.newBuilder(URI.create(host + "/services/rest/auth/oauth2/v1/token"))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)).build(), BodyHandlers.ofString()).body();
        Matcher token = Pattern.compile("\"access_token\":\"([^\"]+)\"").matcher(answer);
        if (!token.find()) {
            throw new IllegalStateException("no token in " + answer.length() + " characters");
        }
        System.out.println(client.send(HttpRequest.newBuilder(URI.create(host + args[2]))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + token.group(1)).build(), BodyHandlers.ofString()).body());
    }
}
