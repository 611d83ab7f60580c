//! Cohorts: the mix of the table, and physiology that goes with the diagnosis but not alone.

use cisterna::phantom::{CystSite, Diagnosis, Patient, Sex, cohort, table1_cohort};

fn of(patients: &[Patient], diagnosis: Diagnosis) -> Vec<&Patient> {
    patients
        .iter()
        .filter(|p| p.diagnosis == diagnosis)
        .collect()
}

fn mean_and_sd(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    [mean, variance.sqrt()]
}

#[test]
fn table_1_has_its_groups_and_sexes() {
    for seed in [0, 1, 99] {
        let patients = table1_cohort(seed);
        assert_eq!(patients.len(), 136);
        #[track_caller]
        fn check(patients: &[Patient], diagnosis: Diagnosis, [female, male]: [usize; 2]) {
            let group = of(patients, diagnosis);
            let n_female = group.iter().filter(|p| p.sex == Sex::Female).count();
            assert_eq!(
                [n_female, group.len() - n_female],
                [female, male],
                "{diagnosis:?}"
            );
        }
        check(&patients, Diagnosis::Reference, [21, 4]);
        check(&patients, Diagnosis::ArachnoidCyst, [9, 8]);
        check(&patients, Diagnosis::PinealCyst, [13, 1]);
        check(&patients, Diagnosis::Iih, [14, 2]);
        check(&patients, Diagnosis::Sih, [11, 4]);
        check(&patients, Diagnosis::Inph, [9, 24]);
        check(&patients, Diagnosis::Hydrocephalus, [8, 8]);
        let ids: Vec<&str> = patients.iter().map(|p| p.id.as_str()).collect();
        assert_eq!([ids[0], ids[135]], ["0001", "0136"]);
    }
}

#[test]
fn ages_are_those_of_the_table() {
    #[track_caller]
    fn check(diagnosis: Diagnosis, [mean, sd]: [f64; 2]) {
        let ages = cohort(400, 5, Some(diagnosis))
            .into_iter()
            .map(|p| p.age_years);
        let ages: Vec<f64> = ages.collect();
        assert!(ages.iter().all(|age| (18.0..=88.0).contains(age)));
        let [m, s] = mean_and_sd(ages.into_iter());
        // Adults only: the youngest groups lose their lower tail.
        assert!(
            (m - mean).abs() < 2.5 && (s - sd).abs() < 2.5,
            "{diagnosis:?}: {m} +- {s}"
        );
    }
    check(Diagnosis::Reference, [35.9, 10.4]);
    check(Diagnosis::ArachnoidCyst, [48.1, 16.9]);
    check(Diagnosis::PinealCyst, [37.1, 13.0]);
    check(Diagnosis::Iih, [34.6, 11.8]);
    check(Diagnosis::Sih, [48.1, 14.7]);
    check(Diagnosis::Inph, [70.8, 6.5]);
    check(Diagnosis::Hydrocephalus, [42.6, 14.5]);
}

#[test]
fn any_cohort_has_the_same_mix() {
    let counts = |n: usize| {
        let patients = cohort(n, 3, None);
        assert_eq!(patients.len(), n);
        Diagnosis::ALL.map(|d| of(&patients, d).len())
    };
    assert_eq!(counts(0), [0; 7]);
    assert_eq!(counts(136), [25, 17, 14, 16, 15, 33, 16]);
    assert_eq!(counts(272), [50, 34, 28, 32, 30, 66, 32]);
    let tenth = counts(14);
    assert!(tenth.iter().all(|n| (1..=4).contains(n)), "{tenth:?}");
    let only = cohort(7, 3, Some(Diagnosis::Sih));
    assert_eq!(of(&only, Diagnosis::Sih).len(), 7);
}

#[test]
fn a_cohort_is_a_function_of_its_seed() {
    assert_eq!(table1_cohort(8), table1_cohort(8));
    assert_ne!(table1_cohort(8), table1_cohort(9));
    let [a, b] = [0, 1].map(|idx| Patient::draw(idx, 8, Diagnosis::Inph));
    assert_ne!(a.seed, b.seed);
    assert_ne!(a.shape, b.shape);
}

#[test]
fn flow_goes_with_the_diagnosis_but_groups_overlap() {
    let net = |diagnosis| -> Vec<f64> {
        cohort(300, 11, Some(diagnosis))
            .iter()
            .map(|p| p.physiology.aqueduct_net_ml_per_day)
            .collect()
    };
    #[track_caller]
    fn check(net: &[f64], [low, high]: [f64; 2]) {
        let share = net.iter().filter(|&&q| q < 0.0).count() as f64 / net.len() as f64;
        assert!((low..high).contains(&share), "{share} retrograde");
        assert!(net.iter().all(|q| (-3000.0..=1000.0).contains(q)));
    }
    check(&net(Diagnosis::Reference), [0.01, 0.12]);
    check(&net(Diagnosis::Iih), [0.15, 0.4]);
    check(&net(Diagnosis::Inph), [0.58, 0.75]);
    check(&net(Diagnosis::Hydrocephalus), [0.45, 0.7]);
}

#[test]
fn cysts_are_where_they_should_be() {
    for patient in cohort(200, 13, None) {
        let site = patient.shape.cyst.as_ref().map(|cyst| cyst.site);
        match patient.diagnosis {
            Diagnosis::PinealCyst => {
                let radius = patient.shape.cyst.as_ref().unwrap().radius_mm;
                assert!((5.0..=10.0).contains(&radius), "{radius} mm");
                assert_eq!(site, Some(CystSite::Pineal));
            }
            Diagnosis::ArachnoidCyst => {
                assert!(site.is_some() && site != Some(CystSite::Pineal));
            }
            _ => assert_eq!(site, None),
        }
    }
}
