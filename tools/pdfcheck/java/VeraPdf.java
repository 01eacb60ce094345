import java.io.File;
import java.util.List;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** veraPDF: asked "flavour TAB path" (3a, ua1), tells whether the file is compliant, how much was looked at, and each rule that fails. */
final class VeraPdf {
  private VeraPdf() {}

  public static void main(String[] none) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    Lines.answer(VeraPdf::check);
  }

  private static List<String> check(String[] asked) throws Exception {
    PDFAFlavour flavour = PDFAFlavour.byFlavourId(asked[0]);
    if (flavour == PDFAFlavour.NO_FLAVOUR) {
      throw new IllegalArgumentException("no flavour " + asked[0]);
    }
    try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(asked[1]), flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      ValidationResult found = validator.validate(parser);
      TreeSet<String> failed = new TreeSet<>();
      for (TestAssertion each : found.getTestAssertions()) {
        if (each.getStatus() == TestAssertion.Status.FAILED) {
          failed.add(each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber() + " " + each.getMessage());
        }
      }
      return List.of(
          "compliant", String.valueOf(found.isCompliant()),
          "checks", String.valueOf(found.getTotalAssertions()),
          "failed", Lines.texts(failed));
    }
  }
}
