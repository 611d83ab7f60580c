//! Whatever a window can do, the command line can do: each command has its call, or a reason why it
//! is only of a window.

use cisterna::app::{
    AngleEdit, CompareEdit, CoordinatorEdit, CoordinatorRequest, Edit, FormRequest, MaskEdit,
    NetworkEdit, PathPanel, Purpose, ReadingEdit, ReadingRequest, Request, RoiEdit, RulerEdit,
    SheetEdit,
};
use cisterna::cli::Cli;
use clap::Parser;

/// What the command line has for a command.
enum Answer {
    /// This call.
    Call(&'static str),
    /// Nothing, as it is about a window.
    OnlyWindow(&'static str),
}
use Answer::{Call, OnlyWindow};

/// The answers for all commands of a type; one without an answer does not compile.
macro_rules! answers {
    ($commands:ident { $($variant:ident => $answer:expr,)+ }) => {{
        fn are_all_answered(command: &$commands) {
            match command { $($commands::$variant { .. })|+ => {} }
        }
        let _ = are_all_answered;
        vec![$((concat!(stringify!($commands), "::", stringify!($variant)), $answer)),+]
    }};
}

const SHOWN_OR_HIDDEN: Answer = OnlyWindow("shows or hides a part of the window");
const TYPED: Answer = OnlyWindow("keeps what is typed or chosen until it is used");
const BY_EYE: Answer = OnlyWindow("a place is pointed at on a picture, by eye");
const DIALOG: Answer = OnlyWindow("a path is an argument there");
const EACH_CALL: Answer = OnlyWindow("each call names its scans and how they are drawn");

fn of_viewer() -> Vec<(&'static str, Answer)> {
    let mut all = answers!(Edit {
        ShowListing => SHOWN_OR_HIDDEN,
        ListingChoice => TYPED,
        HideIdentities => SHOWN_OR_HIDDEN,
        Close => EACH_CALL,
        PathPanel => SHOWN_OR_HIDDEN,
        PathTyped => TYPED,
        Crosshair => Call("slice scan.nii --plane axial --at -12.5 -o out.png"),
        Step => Call("slice scan.nii --plane axial --index 40 -o out.png"),
        StepToEnd => Call("slice scan.nii --plane axial --index 0 -o out.png"),
        Nudge => Call("slice scan.nii --plane coronal --at 3 -o out.png"),
        Zoom => Call("slice scan.nii --plane axial --size 1024x1024 -o out.png"),
        Pan => OnlyWindow("a slice is drawn as a whole"),
        ResetViews => OnlyWindow("a slice is drawn as a whole"),
        Hover => Call("info scan.nii --voxel 1,2,3"),
        Activate => Call("slice scan.nii --plane sagittal -o out.png"),
        Maximise => Call("slice scan.nii --plane coronal -o out.png"),
        Layout => Call("slice real.nii --plane axial --difference predicted.nii -o out.png"),
        Convention => Call("slice scan.nii --plane axial --convention neurological -o out.png"),
        Preset => OnlyWindow("is about mouse and keys"),
        Select => EACH_CALL,
        Visible => Call("slice scan.nii --plane axial --overlay other.nii -o out.png"),
        Hours => Call("convert scan.dcm data --bids sub-01_ses-02_T1w --hours 24"),
        Style => Call(
            "slice scan.nii --plane axial --window 0,900 --interpolation nearest \
             --overlay other.nii --overlay-window 1,5 --colormap viridis --opacity 0.7 -o out.png"
        ),
        AutoWindow => Call("slice scan.nii --plane axial -o out.png"),
        FileWindow => Call("slice scan.nii --plane axial --window -100,900 -o out.png"),
        DifferenceWindow => Call(
            "slice real.nii --plane axial --difference predicted.nii --window 0,50 -o out.png"
        ),
        PlaneWindow => OnlyWindow("planes of a prediction are files, whose window slice takes"),
        LookAtPrediction => SHOWN_OR_HIDDEN,
        Signed => Call(
            "slice real.nii --plane axial --difference predicted.nii --signed -o out.png"
        ),
        ShowCrosshair => SHOWN_OR_HIDDEN,
        Side => SHOWN_OR_HIDDEN,
        KeySheet => SHOWN_OR_HIDDEN,
        Details => SHOWN_OR_HIDDEN,
        SelectNext => EACH_CALL,
        TurnSheet => SHOWN_OR_HIDDEN,
        ShowHeader => Call("info scan.nii --header"),
        HideHeaderValues => SHOWN_OR_HIDDEN,
        ChooseModel => Call("predict --model pre-l2 --scan pre=scan.nii -o folder"),
        ChooseScan => Call(
            "predict --model pre-l2 --scan pre=a.nii --scan 1-2h=b.nii --device cpu -o folder"
        ),
        ForgetPrediction => SHOWN_OR_HIDDEN,
        Exchange => OnlyWindow("is about which picture stands on the left"),
        ShowBefore => EACH_CALL,
        BackToFiles => EACH_CALL,
        Adjusting => OnlyWindow("is about mouse and keys"),
        MoveByHand => OnlyWindow("what is moved by eye needs a picture that moves"),
        Compare => OnlyWindow("answered one by one below"),
        Undo => OnlyWindow("each call begins with the files"),
        Redo => OnlyWindow("each call begins with the files"),
        Labels => Call(
            "slice scan.nii --plane axial --overlay aal.nii --labels yes --outline 2 -o out.png"
        ),
        ShowRegions => SHOWN_OR_HIDDEN,
        RegionQuantity => OnlyWindow("the tables have all quantities"),
        ChooseRegion => OnlyWindow("the tables have all regions"),
        RegionAtCrosshair => OnlyWindow("the tables have all regions"),
        ShowPicture => SHOWN_OR_HIDDEN,
        PictureChoice => Call(
            "picture scan.nii --plane axial --lightbox 4x6 --step 3 --pixels-per-mm 2 --with-names -o sheet.svg"
        ),
        Tool => OnlyWindow("is about mouse and keys"),
        Ruler => OnlyWindow("answered one by one below"),
        Angle => OnlyWindow("answered one by one below"),
        Roi => OnlyWindow("answered one by one below"),
        ShowMeasures => SHOWN_OR_HIDDEN,
        ShowHistogram => SHOWN_OR_HIDDEN,
        ShowCurve => SHOWN_OR_HIDDEN,
        OneScan => EACH_CALL,
        StepScan => EACH_CALL,
        FramesPerSecond => OnlyWindow("a picture that is written does not move"),
        Sheet => OnlyWindow("answered one by one below"),
        Mask => OnlyWindow("answered one by one below"),
        Network => OnlyWindow("answered one by one below"),
        Keep => OnlyWindow("a command keeps nothing that is not in a file"),
        ShowMessages => SHOWN_OR_HIDDEN,
        ShowSettings => SHOWN_OR_HIDDEN,
        ShowRecent => SHOWN_OR_HIDDEN,
        ShowPaths => SHOWN_OR_HIDDEN,
        NotNow => OnlyWindow("a command that was stopped is given again"),
        DismissError => OnlyWindow("errors are written once"),
        DismissErrors => OnlyWindow("errors are written once"),
    });
    all.extend(answers!(CompareEdit {
        Pick => Call("view a.nii b.nii --compare"),
        Exchange => Call("view b.nii a.nii --compare"),
        Mode => Call("slice a.nii --plane axial --difference b.nii -o out.png"),
        Judge => OnlyWindow("an alignment is judged by eye while it is changed"),
        Link => Call("slice a.nii --plane axial --window 0,900 -o out.png"),
        SameZoom => OnlyWindow("a slice is drawn as a whole"),
        Swipe => BY_EYE,
        SquareMm => BY_EYE,
        ChangesPerSecond => BY_EYE,
        Fade => Call("slice a.nii --plane axial --overlay b.nii --opacity 0.5 -o out.png"),
    }));
    all.extend(answers!(RulerEdit {
        Begin => BY_EYE,
        Draw => BY_EYE,
        Finish => BY_EYE,
        Move => BY_EYE,
        EndAtCrosshair => BY_EYE,
        Choose => SHOWN_OR_HIDDEN,
        Delete => BY_EYE,
    }));
    all.extend(answers!(AngleEdit {
        Point => BY_EYE,
        Follow => BY_EYE,
        PointAtCrosshair => BY_EYE,
        Move => BY_EYE,
        Choose => SHOWN_OR_HIDDEN,
        Delete => BY_EYE,
    }));
    all.extend(answers!(RoiEdit {
        Begin => BY_EYE,
        Draw => BY_EYE,
        Finish => BY_EYE,
        AtCrosshair => Call("curve scan.nii --at -12.5,3,40 --radius 5"),
        Choose => SHOWN_OR_HIDDEN,
        Move => BY_EYE,
        Rename => OnlyWindow("a name in a file of measurements is changed there"),
        Delete => BY_EYE,
    }));
    all.extend(answers!(SheetEdit {
        Show => SHOWN_OR_HIDDEN,
        Draw => BY_EYE,
        NotAssessable => Call("bern score sheet.json"),
        Sign => Call("bern score sheet.json"),
        Explain => SHOWN_OR_HIDDEN,
        Reader => Call("bern table folder"),
        SignNow => Call("bern score sheet.json --json"),
        Correct => OnlyWindow("a signed worksheet is a file, which is not changed"),
    }));
    all.extend(answers!(MaskEdit {
        Show => SHOWN_OR_HIDDEN,
        Threshold => Call("spaces clusters mask.nii --threshold 0.3"),
        LeftOut => Call("spaces clusters mask.nii --left-out 5"),
        Brush => BY_EYE,
        Begin => BY_EYE,
        Stroke => Call(
            "spaces mend mask.nii --changes changes.nii --by Ada --at 2026-05-04T10:20:30Z -o folder"
        ),
        TakeOutAt => Call(
            "spaces mend mask.nii --changes changes.nii --by Ada --at 2026-05-04T10:20:30Z -o folder"
        ),
        Choose => SHOWN_OR_HIDDEN,
        TakeOut => Call(
            "spaces mend mask.nii --changes changes.nii --by Ada --at 2026-05-04T10:20:30Z -o folder"
        ),
        Undo => OnlyWindow("changes lie in a file of their own there"),
        Redo => OnlyWindow("changes lie in a file of their own there"),
        Style => EACH_CALL,
        By => Call(
            "spaces mend mask.nii --by Ada --at 2026-05-04T10:20:30Z -o folder"
        ),
        Sort => OnlyWindow("a table is sorted by whoever opens it"),
    }));
    all.extend(answers!(NetworkEdit {
        Show => SHOWN_OR_HIDDEN,
        Choose => Call("predict --model leak.bpk --scan scan.nii -o folder"),
        Strongest => OnlyWindow("is about an outline over the map"),
    }));
    all.extend(answers!(Request {
        Open => Call("view review.cisterna-session.json"),
        OpenVolume => Call("slice scan.nii --plane axial --volume 3 -o out.png"),
        StepVolume => Call("slice scan.nii --plane axial --volume 4 -o out.png"),
        LoadVolumes => Call("curve scan.nii --at 0,0,0"),
        Play => OnlyWindow("a picture that is written does not move"),
        WindowRule => Call("slice scan.nii --plane axial --window-rule tissue -o out.png"),
        WindowOfRegion => BY_EYE,
        SaveCurve => Call(
            "curve a.nii b.nii --at -12.5,3,40 --hours 0,24 --labels labels.nii --label 4 -o curve.csv"
        ),
        SaveMeasures => Call("measure scan.nii --regions measures.json --volume 2 -o table.csv"),
        OpenListed => Call("view folder/one.nii folder/two.nii --compare"),
        Thumbnails => Call("slice scan.nii --plane axial --size 56x56 -o out.png"),
        Identities => OnlyWindow("names of patients are shown on purpose and kept nowhere"),
        Pick => DIALOG,
        Cancel => OnlyWindow("a process is stopped from outside"),
        Align => Call("register --fixed a.nii --moving b.nii -o folder"),
        MeasureRegions => Call("quantify --series a.nii b.nii --labels labels.nii -o folder"),
        Predict => Call("predict --model pre-l2 --scan pre=a.nii --real b.nii -o folder"),
        SavePrediction => Call("predict --model pre-l2 --scan pre=a.nii -o folder"),
        Labels => Call(
            "slice scan.nii --plane axial --overlay aal.nii --label-table aal.txt -o out.png"
        ),
        Worksheet => Call("bern score sheet.json"),
        SaveSheet => Call("bern score sheet.json"),
        Mask => Call("spaces clusters mask.nii --labels labels.nii --scan scan.nii"),
        SaveMask => Call(
            "spaces mend mask.nii --threshold 0.4 --left-out 2 --by Ada --at 2026-05-04T10:20:30Z -o folder"
        ),
        OpenNetwork => Call("predict --model leak.bpk --scan scan.nii -o folder"),
        AskNetwork => Call(
            "explain --model leak.bpk --scan scan.nii --method occlusion -o map.nii.gz"
        ),
        MarkSpaces => Call("predict --model spaces.bpk --scan t1.nii --labels labels.nii -o folder"),
        CountSpaces => Call("predict --model counts.bpk --scan t2.nii --labels labels.nii -o folder"),
        SaveMap => Call(
            "explain --model leak.bpk --scan scan.nii --method occlusion -o map.nii.gz"
        ),
        SaveCount => Call("predict --model counts.bpk --scan t2.nii --labels labels.nii -o folder"),
        CopyPicture => OnlyWindow("a command writes files; its clipboard is the shell's"),
        SavePicture => Call(
            "picture a.nii b.nii --movie hours --per-second 2 --plane axial --at 1,2,-3.5 -o movie.png"
        ),
        Lose => OnlyWindow("a command keeps nothing that is not in a file"),
        SaveSession => OnlyWindow("each call names its scans and how they are drawn"),
        OpenRecent => OnlyWindow("a shell has a history of its own"),
        ForgetRecent => OnlyWindow("a shell has a history of its own"),
        TakeOffer => OnlyWindow("a command that was stopped is given again"),
        RefuseOffer => OnlyWindow("a command that was stopped is given again"),
        Settings => OnlyWindow("is about the window, its mouse and its keys"),
        Dark => OnlyWindow("is about the window's colours"),
        Demo => Call("demo"),
        PlanStudy => Call("study form"),
        HeaderValues => Call("info scan.nii --header --with-identity --json"),
        Manual => OnlyWindow("the manual is files, which a browser opens"),
    }));
    all.extend(answers!(PathPanel {
        Open => Call("view scan.nii"),
        OpenFolder => Call("view examination"),
        OpenStudy => Call("study open study.cisterna"),
        SavePrediction => Call("predict --model pre-l2 --scan pre=a.nii -o folder"),
        LabelTable => DIALOG,
        SaveSheet => DIALOG,
        SaveMask => DIALOG,
        OpenNetwork => DIALOG,
        SaveMap => DIALOG,
        SaveCount => DIALOG,
        SaveSession => DIALOG,
        SavePicture => DIALOG,
        SaveCurve => DIALOG,
        SaveMeasures => DIALOG,
    }));
    all
}

fn of_reading() -> Vec<(&'static str, Answer)> {
    let mut all = answers!(ReadingEdit {
        Definitions => SHOWN_OR_HIDDEN,
    });
    all.extend(answers!(ReadingRequest {
        Store => Call("study record a.cisterna"),
        GoBack => Call("study record a.cisterna --rater a"),
        Correct => Call("study record a.cisterna --rater a"),
        LeaveAsItIs => OnlyWindow("a line that corrects nothing is not written"),
        EndLesson => Call("study next a.cisterna"),
        Pause => OnlyWindow("no picture is looked at"),
        Resume => OnlyWindow("no picture is looked at"),
        Begin => Call("study next a.cisterna"),
        StoreDisplayTest => OnlyWindow("a pattern is looked at pixel by pixel, in a window"),
        TestDisplayAgain => OnlyWindow("a pattern is looked at pixel by pixel, in a window"),
        EndDisplayTest => OnlyWindow("a pattern is looked at pixel by pixel, in a window"),
        BeginEarly => Call("study begin-early a.cisterna --installment 2 --reason holidays"),
        Unlock => Call("study unlock a.cisterna --slip a-2.slip"),
        Sign => Call("study sign a.cisterna --installment 1 --name Ada"),
    }));
    all
}

fn of_coordinator() -> Vec<(&'static str, Answer)> {
    let mut all = answers!(CoordinatorEdit {
        Show => Call("study status study.cisterna"),
        Open => SHOWN_OR_HIDDEN,
        OpenUnseal => SHOWN_OR_HIDDEN,
        Close => SHOWN_OR_HIDDEN,
    });
    all.extend(answers!(CoordinatorRequest {
        SignIn => Call("study merge study.cisterna a.cisterna --coordinator coordinator.age"),
        Verify => Call("study verify study.cisterna"),
        Submit => OnlyWindow("does what the purpose of the form says"),
        Unseal => Call("study unseal study.cisterna --key key.age --force reason"),
        Pick => DIALOG,
    }));
    all.extend(answers!(Purpose {
        TakeIn => Call("study merge study.cisterna a.cisterna b.cisterna"),
        Package => Call("study package study.cisterna --rater a -o a.cisterna"),
        Release => Call(
            "study release study.cisterna --rater a --installment 2 --early reason -o a-2.slip"
        ),
        Export => Call("study export study.cisterna --all folder"),
        Report => Call("report study.cisterna -o folder"),
        Figure => Call("report study.cisterna --key key.age -o folder"),
        Key => DIALOG,
    }));
    all
}

fn of_form() -> Vec<(&'static str, Answer)> {
    answers!(FormRequest {
        Draw => Call("study preview --protocol plan.toml --cases cases.csv --picture design.svg"),
        Save => Call("study protocol --raters a,b -o plan.toml"),
    })
}

#[test]
fn every_command_of_the_windows_is_on_the_command_line() {
    let windows = [of_viewer(), of_reading(), of_coordinator(), of_form()];
    for (command, answer) in windows.into_iter().flatten() {
        match answer {
            Call(call) => {
                let words = std::iter::once("cisterna").chain(call.split_whitespace());
                if let Err(error) = Cli::try_parse_from(words) {
                    panic!("{command}: cisterna {call}\n{error}");
                }
            }
            OnlyWindow(reason) => assert!(reason.contains(' '), "{command} has no reason"),
        }
    }
}
