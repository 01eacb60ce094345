import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.enumerations.TokenExtractionStrategy;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * The European Commission's DSS, offline: asked "root certificate TAB moment TAB path", tells of each signature its
 * level, the verdict of its own standard policy (ETSI EN 319 102-1) and the reasons. Nothing is fetched: what proves
 * the signature has to be in the file.
 */
final class Dss {
  private Dss() {}

  public static void main(String[] none) throws Exception {
    Lines.answer(Dss::check);
  }

  private static List<String> check(String[] asked) {
    CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    trusted.addCertificate(DSSUtils.loadCertificate(new File(asked[0])));
    CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
    verifier.setTrustedCertSources(trusted);
    SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(asked[2]));
    validator.setCertificateVerifier(verifier);
    validator.setTokenExtractionStrategy(TokenExtractionStrategy.NONE);
    validator.setValidationTime(Date.from(Instant.parse(asked[1])));
    Reports reports = validator.validateDocument();
    SimpleReport simple = reports.getSimpleReport();
    List<String> signatures = new ArrayList<>();
    for (String id : simple.getSignatureIdList()) {
      SignatureWrapper told = reports.getDiagnosticData().getSignatureById(id);
      List<String> reasons = new ArrayList<>();
      for (Message each : simple.getAdESValidationErrors(id)) {
        reasons.add(each.getValue());
      }
      List<String> warnings = new ArrayList<>();
      for (Message each : simple.getAdESValidationWarnings(id)) {
        warnings.add(each.getValue());
      }
      signatures.add(
          "{\"level\":" + Lines.text(String.valueOf(simple.getSignatureFormat(id)))
              + ",\"verdict\":" + Lines.text(String.valueOf(simple.getIndication(id)))
              + ",\"reason\":" + Lines.text(String.valueOf(simple.getSubIndication(id)))
              + ",\"time\":" + Lines.text(simple.getBestSignatureTime(id).toInstant().toString())
              + ",\"by\":" + Lines.text(simple.getSignedBy(id))
              + ",\"intact\":" + told.isSignatureIntact()
              + ",\"stamps\":" + told.getTimestampList().size()
              + ",\"errors\":" + Lines.texts(reasons)
              + ",\"warnings\":" + Lines.texts(warnings) + "}");
    }
    return List.of("signatures", "[" + String.join(",", signatures) + "]");
  }
}
