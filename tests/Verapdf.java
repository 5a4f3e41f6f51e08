import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints one line for every file and standard, and one for every failure. */
public class Verapdf {
    public static void main(String[] files) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            validate(file, PDFAFlavour.PDFUA_1);
            validate(file, PDFAFlavour.PDFA_2_A);
        }
    }

    private static void validate(String file, PDFAFlavour flavour) throws Exception {
        try (InputStream stream = new FileInputStream(new File(file));
                PDFAParser parser = Foundries.defaultInstance().createParser(stream, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            System.out.println("checked\t" + file + "\t" + flavour + "\t" + result.getTotalAssertions());
            for (TestAssertion found : result.getTestAssertions()) {
                if (found.getStatus() == TestAssertion.Status.FAILED) {
                    String where = found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber();
                    System.out.println("failed\t" + file + "\t" + flavour + "\t" + where + "\t"
                            + found.getMessage().replaceAll("\\s+", " "));
                }
            }
        }
    }
}
