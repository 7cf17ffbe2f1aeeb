//! The deadline labels of a Vorgang, written out from its Prüfidentifikatoren when it is compiled: a workflow's labels are constants.

/// The deadline labels of a Vorgang ([`Art::labels`](crate::vorgang::Art::labels)), from its Prüfidentifikatoren: the request, its
/// answers, what the one who answers reports and tells others, and what the one who asked hears; before that, what a third party is
/// asked first and its answers (`asks "44010" => "44011", "44012";`). Where silence is consent, `; late` and the request once more. What
/// no Vorgang in Gas has yet is there for Strom alone: who reports or orders what follows a yes, `; tells` and what, where the one who
/// asked tells others, and `; takes back` and the messages of the [`Storno`](crate::vorgang::Storno), where it may take the order back.
///
/// ```
/// let labels = mako_scenarios::labels!(strom "55016" => "55017", "55018"; informs; hears);
/// assert_eq!(labels.asking, ["answer 55016", "awaits APERAK 55016", "APERAK 55017", "APERAK 55018"]);
/// assert_eq!(labels.answering, ["answer 55016", "APERAK 55016", "awaits APERAK 55017", "awaits APERAK 55018"]);
/// ```
#[macro_export]
macro_rules! labels {
    // A message that needs no answer.
    (strom $request:literal => ; informs; hears) => {
        $crate::vorgang::Labels { asking: &[concat!("awaits APERAK ", $request)], answering: &[concat!("APERAK ", $request)] }
    };
    (gas $request:literal => ; informs; hears) => {
        $crate::vorgang::Labels { asking: &[concat!("awaits CONTRL ", $request), concat!("awaits silence ", $request)], answering: &[] }
    };
    // Where the one who asked reports what became of it, and is told when he does not.
    (strom $request:literal => $yes:literal, $no:literal; then reports $done:literal, $failed:literal => $right:literal, $wrong:literal; or $off:literal) => {
        $crate::vorgang::Labels {
            asking: &[
                concat!("answer ", $request),
                concat!("awaits APERAK ", $request),
                concat!("APERAK ", $yes),
                concat!("APERAK ", $no),
                concat!("awaits start ", $done),
                concat!("information ", $done),
                concat!("answer ", $done),
                concat!("answer ", $failed),
                concat!("awaits APERAK ", $done),
                concat!("awaits APERAK ", $failed),
                concat!("APERAK ", $right),
                concat!("APERAK ", $wrong),
                concat!("APERAK ", $off),
            ],
            answering: &[
                concat!("answer ", $request),
                concat!("APERAK ", $request),
                concat!("awaits APERAK ", $yes),
                concat!("awaits APERAK ", $no),
                concat!("awaits ", $done),
                concat!("awaits day ", $off),
                concat!("information ", $off),
                concat!("answer ", $done),
                concat!("answer ", $failed),
                concat!("APERAK ", $done),
                concat!("APERAK ", $failed),
                concat!("awaits APERAK ", $right),
                concat!("awaits APERAK ", $wrong),
                concat!("awaits APERAK ", $off),
            ],
        }
    };
    // Where the one who answered asks somebody else, and in the end orders it from the one who asked.
    (strom $request:literal => $yes:literal, $no:literal; then asks $first:literal => $takes:literal, $declines:literal; then orders $second:literal => $stays:literal, $goes:literal) => {
        $crate::vorgang::Labels {
            asking: &[
                concat!("answer ", $request),
                concat!("awaits APERAK ", $request),
                concat!("APERAK ", $yes),
                concat!("APERAK ", $no),
            ],
            answering: &[
                concat!("answer ", $request),
                concat!("APERAK ", $request),
                concat!("awaits APERAK ", $yes),
                concat!("awaits APERAK ", $no),
                concat!("awaits window ", $first),
                concat!("information ", $first),
                concat!("answer ", $first),
                concat!("awaits APERAK ", $first),
                concat!("APERAK ", $takes),
                concat!("APERAK ", $declines),
                concat!("answer ", $second),
                concat!("awaits APERAK ", $second),
                concat!("APERAK ", $stays),
                concat!("APERAK ", $goes),
            ],
        }
    };
    (
        strom $request:literal => $($answer:literal),*; $(reports $report:literal;)? $(asks $asked:literal => $($third:literal),*;)?
        informs $($told:literal),*; hears $($heard:literal),*
        $(; late $late:literal)? $(; tells $($tells:literal),*)? $(; takes back $storno:literal => $granted:literal, $denied:literal)?
    ) => {
        $crate::vorgang::Labels {
            asking: &[
                concat!("answer ", $request),
                $(concat!("late answer ", $late),)?
                concat!("awaits APERAK ", $request),
                $(concat!("APERAK ", $answer),)*
                $(concat!("APERAK ", $heard),)*
                $($(concat!("awaits APERAK ", $tells), concat!("information ", $tells),)*)?
                $(
                    concat!("answer ", $storno), concat!("awaits APERAK ", $storno),
                    concat!("APERAK ", $granted), concat!("APERAK ", $denied),
                )?
            ],
            answering: &[
                concat!("answer ", $request),
                concat!("APERAK ", $request),
                $(concat!("awaits APERAK ", $answer),)*
                $(concat!("awaits APERAK ", $report),)?
                $(concat!("answer ", $asked), concat!("awaits APERAK ", $asked), $(concat!("APERAK ", $third),)*)?
                $(concat!("awaits APERAK ", $told), concat!("information ", $told),)*
                $(
                    concat!("answer ", $storno), concat!("APERAK ", $storno),
                    concat!("awaits APERAK ", $granted), concat!("awaits APERAK ", $denied),
                )?
            ],
        }
    };
    (
        gas $request:literal => $($answer:literal),*; $(asks $asked:literal => $($third:literal),*;)?
        informs $($told:literal),*; hears $($heard:literal),* $(; late $late:literal)?
    ) => {
        $crate::vorgang::Labels {
            asking: &[
                concat!("answer ", $request),
                $(concat!("late answer ", $late),)?
                concat!("awaits CONTRL ", $request),
                concat!("awaits silence ", $request),
            ],
            answering: &[
                concat!("answer ", $request),
                $(concat!("awaits CONTRL ", $answer), concat!("awaits silence ", $answer),)*
                $(concat!("answer ", $asked), concat!("awaits CONTRL ", $asked), concat!("awaits silence ", $asked),)?
                $(concat!("awaits CONTRL ", $told), concat!("awaits silence ", $told), concat!("information ", $told),)*
            ],
        }
    };
}
