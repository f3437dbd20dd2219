import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * What the JDK's HttpClient says when something fails, as a program's log would
 * have it. Each failure is followed by a line of four hyphens.
 * <pre>java Failures.java URL...</pre>
 */
public class Failures {
    public static void main(String[] args) {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (String url : args) {
            try {
                var answer = client.send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMillis(1500))
                    .POST(HttpRequest.BodyPublishers.ofString("grant_type=client_credentials")).build(), BodyHandlers.ofString());
                throw new IllegalStateException("status " + answer.statusCode() + ": " + answer.body());
            } catch (Exception e) {
                e.printStackTrace();
            }
            System.err.println("----");
        }
    }
}
