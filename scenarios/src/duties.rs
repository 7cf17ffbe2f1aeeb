//! Which Prüfidentifikatoren answer which: the table of the market's answer duties.
//!
//! Source: the obligations as published by mako-fristen 0.23 with their citations (GPKE Teil 2–4, WiM Strom Teil 1–2, GeLi Gas 3.0, AWH
//! WiM Gas 2.0, MaBiS); WiM Strom Teil 1 for 17009 and 23001. Answers never follow from a number by arithmetic: 55077 is answered by
//! 55078 and 55080.

/// A Prüfidentifikator that must be answered, what it is called, and what answers it.
struct Duty(&'static str, &'static str, &'static [&'static str]);

const DUTIES: &[Duty] = &[
    Duty("55001", "Anmeldung verb. Marktlokation (Lieferbeginn)", &["55002", "55003"]),
    Duty("55077", "Anmeldung erz. Marktlokation (Lieferbeginn)", &["55078", "55080"]),
    Duty("55004", "Abmeldung (Lieferende von LF an NB)", &["55005", "55006"]),
    Duty("55007", "Ankündigung der Beendigung der Zuordnung (Lieferende von NB an LF)", &["55008", "55009"]),
    Duty("55010", "Anfrage zur Beendigung der Zuordnung", &["55011", "55012"]),
    Duty("55013", "Zuordnung Ersatz-/Grundversorgung", &["55014", "55015"]),
    Duty("55607", "Ankündigung der Zuordnung des LF zur Marktlokation bzw. Tranche", &["55608", "55609"]),
    Duty("55016", "Kündigung", &["55017", "55018"]),
    Duty("55022", "Anfrage nach Stornierung", &["55023", "55024"]),
    Duty("55600", "Anmeldung neuer verbrauchender Marktlokation (Neuanlage)", &["55602", "55604"]),
    Duty("55601", "Anmeldung neuer erzeugender Marktlokation (Neuanlage)", &["55603", "55605"]),
    Duty("17115", "Sperrauftrag (Unterbrechung der Anschlussnutzung)", &["19116", "19117"]),
    Duty("17117", "Entsperrauftrag (Wiederherstellung der Anschlussnutzung)", &["19116", "19117"]),
    Duty("39000", "Stornierung eines Sperr-/Entsperrauftrags", &["19128", "19129"]),
    Duty("17116", "Anfrage Sperrung an den MSB", &["19118", "19119"]),
    Duty("55156", "Rückmeldung / Bestellung Abrechnungsdaten Bilanzkreisabrechnung (verb. MaLo)", &["21047"]),
    Duty("55673", "Rückmeldung / Bestellung Abrechnungsdaten Bilanzkreisabrechnung (erz. MaLo)", &["21047"]),
    Duty("55220", "Rückmeldung / Bestellung Abrechnungsdaten Netznutzungsabrechnung", &["21047"]),
    Duty("55109", "Stammdatenänderung vom LF — Daten der Marktlokation", &["55137"]),
    Duty("55230", "Stammdatenänderung vom LF — Blindarbeits-Abrechnungsdaten der Netzlokation", &["55232"]),
    Duty("55693", "Stammdatenänderung vom LF — Daten der Technischen Ressource", &["55694"]),
    Duty("55557", "Stammdatenänderung vom MSB — MSB-Abrechnungsdaten der Marktlokation", &["55559"]),
    Duty("55555", "Anfrage Daten der individuellen Bestellung", &["21047"]),
    Duty("55639", "Stammdatenänderung vom MSB — Daten der Netzlokation", &["55644"]),
    Duty("55640", "Stammdatenänderung vom MSB — Daten der Marktlokation", &["55645"]),
    Duty("55641", "Stammdatenänderung vom MSB — Daten der Steuerbaren Ressource", &["55646"]),
    Duty("55642", "Stammdatenänderung vom MSB — Daten der Tranche", &["55647"]),
    Duty("55643", "Stammdatenänderung vom MSB — Daten der Messlokation", &["55648"]),
    Duty("35004", "Anfrage einer Konfiguration (REQOTE)", &["15004", "21033"]),
    Duty("44001", "Anmeldung NN (Lieferbeginn)", &["44002", "44003"]),
    Duty("44004", "Abmeldung NN (Lieferende)", &["44005", "44006"]),
    Duty("44007", "Abmeldung NN vom NB (Lieferende von NB an LF)", &["44008", "44009"]),
    Duty("44010", "Abmeldeanfrage des NB", &["44011", "44012"]),
    Duty("44013", "Zuordnung Ersatz-/Grundversorgung", &["44014", "44015"]),
    Duty("44016", "Kündigung beim Altlieferanten", &["44017", "44018"]),
    Duty("55039", "Kündigung MSB", &["55040", "55041"]),
    Duty("55042", "Anmeldung MSB", &["55043", "55044"]),
    Duty("55051", "Abmeldung MSB (Ende Messstellenbetrieb)", &["55052", "55053"]),
    Duty("55168", "Verpflichtungsanfrage an den gMSB", &["55169", "55170"]),
    Duty("17002", "Weiterverpflichtung des MSB", &["19003", "19004"]),
    Duty("21010", "Mitteilung über Gesamtvorgang (erfolgreich)", &["21012", "21011"]),
    Duty("21009", "Mitteilung über Gesamtvorgang (gescheitert)", &["21011"]),
    Duty("35001", "Anforderung Geräteübernahmeangebot (REQOTE)", &["15001"]),
    Duty("17001", "Bestellung Geräteübernahmeangebot", &["19001", "19002"]),
    Duty("35002", "Anfrage Rechnungsabwicklung MSB über LF (REQOTE)", &["15002", "21033"]),
    Duty("15002", "Angebot zur Rechnungsabwicklung des Messstellenbetriebes über den LF", &["17005", "21032"]),
    Duty("17006", "Beendigung Rechnungsabwicklung des Messstellenbetriebes über den LF", &["19009", "19010"]),
    Duty("17132", "Geschäftsdatenanfrage (Anfrage Stammdaten Strom)", &["17133", "19132"]),
    Duty("35005", "Anfrage Angebot Änderung Technik (REQOTE)", &["15005"]),
    Duty("17011", "Beauftragung Änderung der Technik an der Messlokation", &["19005", "19006"]),
    Duty("21029", "Vorabinformation zum Ersteinbau eines iMS in eine bestehende Messlokation", &["21030", "21031"]),
    Duty("35003", "Anfrage von Werten (ESA)", &["15003"]),
    Duty("17007", "Bestellung von Werten (ESA)", &["19011", "19012"]),
    Duty("17008", "Abbestellung von Werten (ESA)", &["19011", "19012"]),
    Duty("39002", "Stornierung der Bestellung von Werten (ESA)", &["19013", "19014"]),
    Duty("44039", "Kündigung MSB Gas", &["44040", "44041"]),
    Duty("44042", "Anmeldung MSB Gas (Beginn Messstellenbetrieb)", &["44043", "44044"]),
    Duty("44051", "Ende MSB Gas (Abmeldung vom MSB an NB)", &["44052", "44053"]),
    Duty("44168", "Verpflichtungsanfrage an den gMSB (Gas)", &["44169"]),
    Duty("55238", "Anmeldung einer Marktlokation in das Modell 2", &["55239"]),
    Duty("55240", "Beendigung der Zuordnung zur Marktlokation", &["55241"]),
    Duty("55242", "Abmeldung einer Marktlokation aus dem Modell 2", &["55243"]),
    Duty("55062", "Aktivierung eines MaBiS-ZP", &["55064"]),
    Duty("55063", "Deaktivierung eines MaBiS-ZP", &["55064"]),
    Duty("55203", "Aktivierung eines MaBiS-ZP für die monatliche AAÜZ (BKV des LF)", &["55204"]),
    Duty("55206", "Deaktivierung eines MaBiS-ZP für die monatliche AAÜZ (BKV des LF)", &["55207"]),
    Duty("55209", "Aktivierung eines MaBiS-ZP für die monatliche AAÜZ (BKV des anfNB)", &["55210"]),
    Duty("55212", "Deaktivierung eines MaBiS-ZP für die monatliche AAÜZ (BKV des anfNB)", &["55213"]),
    Duty("17009", "Gerätewechselabsicht", &["19015", "19016"]),
    Duty("23001", "Störungsmeldung", &["23003", "23004", "23005"]),
];

/// What can answer a message with `pid`; nothing when it needs no answer.
#[must_use]
pub fn answers(pid: &str) -> &'static [&'static str] {
    DUTIES.iter().find(|duty| duty.0 == pid).map_or(&[], |duty| duty.2)
}

/// What a message with `pid` that must be answered is called.
#[must_use]
pub fn title(pid: &str) -> Option<&'static str> {
    DUTIES.iter().find(|duty| duty.0 == pid).map(|duty| duty.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_stands_once_and_no_answer_follows_by_arithmetic() {
        for (i, duty) in DUTIES.iter().enumerate() {
            assert!(DUTIES[i + 1..].iter().all(|other| other.0 != duty.0), "{} stands twice", duty.0);
        }
        assert_eq!(answers("55077"), ["55078", "55080"]);
        assert_eq!(answers("55002"), [""; 0]);
        assert_eq!(title("55001"), Some("Anmeldung verb. Marktlokation (Lieferbeginn)"));
    }
}
