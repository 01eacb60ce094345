import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One request a line in, one JSON object a line out, until the input ends: one machine for many files. */
final class Lines {
  interface Check {
    /** The members of the answer, each as JSON text: name, value, name, value… */
    List<String> of(String[] asked) throws Exception;
  }

  private Lines() {}

  static void answer(Check check) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err); // what a library prints must not stand among the answers
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<String> members;
      try {
        members = check.of(line.split("\t", -1));
      } catch (Exception | StackOverflowError error) {
        members = List.of("error", text(error.toString()));
      }
      List<String> pairs = new ArrayList<>();
      for (int at = 0; at < members.size(); at += 2) {
        pairs.add(text(members.get(at)) + ":" + members.get(at + 1));
      }
      out.println("{" + String.join(",", pairs) + "}");
    }
  }

  static String texts(Iterable<String> values) {
    List<String> quoted = new ArrayList<>();
    values.forEach(each -> quoted.add(text(each)));
    return "[" + String.join(",", quoted) + "]";
  }

  static String text(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char each : String.valueOf(value).toCharArray()) {
      if (each == '"' || each == '\\') {
        quoted.append('\\').append(each);
      } else if (each < ' ') {
        quoted.append(String.format("\\u%04x", (int) each));
      } else {
        quoted.append(each);
      }
    }
    return quoted.append('"').toString();
  }
}
